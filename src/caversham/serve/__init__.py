"""The faces: command line, pages and HTTP API. Both give the same documents."""
