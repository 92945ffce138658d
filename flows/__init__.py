"""When things run: one Prefect flow a file; started by deployments and by `penstock run`."""
