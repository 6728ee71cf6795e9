"""A world of a million articles, from a grammar and a seed: the haystack of every figure of search and recall."""
