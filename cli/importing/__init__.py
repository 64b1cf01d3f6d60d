"""Orders and reference data from files: read line by line, sent in batches, errors told by line."""
