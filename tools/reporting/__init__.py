"""What makes and draws the reports of bundles: what is measured, and tables, figures and pages of what was found."""
