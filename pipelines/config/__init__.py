"""Config: the pipeline document and the job parameters, checked and frozen."""
