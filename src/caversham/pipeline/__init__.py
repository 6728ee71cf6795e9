"""The flow: captures into the archive, the catalogue and the index."""
