"""Identity: addresses, domains, company names, and who is found by them."""
