"""Find what was published: a query language, pages of hits, snippets."""
