"""From samples to features: reference, filters, band power, asymmetry, artefact gate. Pure."""
