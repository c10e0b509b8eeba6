/* What each framework calls the parts of a model, and how it stores them: a table each, private to
 * frameworks.c. */
#ifndef TARE_TESTS_FRAMEWORK_ROWS_H
#define TARE_TESTS_FRAMEWORK_ROWS_H

enum form {
    VECTOR,       /* {out} */
    VECTOR_ROW,   /* {1,out} */
    VECTOR_HEADS, /* {heads,head} */
    OUT_IN,       /* torch's Linear */
    IN_OUT,       /* Conv1D, Keras */
    IN_HEADS,     /* {in,heads,head} */
    HEADS_OUT     /* {heads,head,out}: the output projection */
};

/* parts: with a '+' between those that are fused along the outputs. */
struct row {
    const char *parts, *name; /* %u: the block */
    enum form form;
};

struct framework {
    const char *name;
    const struct row *rows; /* parts NULL ends */
};

/* rows NULL ends. */
extern const struct framework framework_table[];

#endif
