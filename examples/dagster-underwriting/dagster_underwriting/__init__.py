"""Credit applications, decided by an agent day by day, in Dagster."""
