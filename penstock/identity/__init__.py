"""Who is who: normalising what finds a person or a company."""
