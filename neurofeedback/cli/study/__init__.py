"""``neurofeedback study``: trials whose arms are concealed; begin with `app`."""
