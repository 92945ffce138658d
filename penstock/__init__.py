"""penstock: lead qualification, nurture and sales routing for B2B manufacturers."""
