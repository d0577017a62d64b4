/* The system call by which run_models asks count_instructions for a line: no kernel knows one of this number. */
enum { MARK = 77007 };
