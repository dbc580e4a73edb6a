"""
What stands behind the surface in a configured process: the queue between callers and the writer thread, the writer (draft → redacted →
sealed → spooled), the deliverer (spool → server). Callers never wait for a disk or a server here, unless they asked to.
"""
