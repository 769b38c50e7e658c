"""The declarative flavour: the job's tasks around a pipeline, and what the pipeline's sources declare.

``tasks`` runs in the job (infer before the pipeline, finish after it), ``graph`` in the pipeline itself.
"""
