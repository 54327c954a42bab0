"""Documents people sign: consent to the platform's notice, and approvals of generated variants."""
