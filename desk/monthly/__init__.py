"""The month's sheet of a department: everything that it reports on a data day, as rows that are saved one by one."""
