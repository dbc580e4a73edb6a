"""
The record format: canonical JSON, salted disclosures, entries and signed leaves. Pure functions over bytes and text. Specification:
FORMAT.md of the record package. Not here: the tree, proofs and bundles, which a producer has no use for.
"""

from .assert_entry import assert_entry, is_id, is_name
from .base import from_base64, from_base64url, kid_of, to_base32, to_base64, to_base64url
from .disclosure import digest_of, disclose_fields, make_disclosure, read_disclosure
from .entry import RecordSigner, SignedLeaf, dsse_pae, read_leaf, sign_entry
from .errors import RecordError
from .flatten import decision_id, flatten_record
from .jcs import MAX_SAFE, canonicalize, es_number, parse_canonical, parse_strict

__all__ = [
    "MAX_SAFE",
    "RecordError",
    "RecordSigner",
    "SignedLeaf",
    "assert_entry",
    "canonicalize",
    "decision_id",
    "digest_of",
    "disclose_fields",
    "dsse_pae",
    "es_number",
    "flatten_record",
    "from_base64",
    "from_base64url",
    "is_id",
    "is_name",
    "kid_of",
    "make_disclosure",
    "parse_canonical",
    "parse_strict",
    "read_disclosure",
    "read_leaf",
    "sign_entry",
    "to_base32",
    "to_base64",
    "to_base64url",
]
