"""What outlets publish, looked at over the network: feeds, sitemaps, section pages and items."""
