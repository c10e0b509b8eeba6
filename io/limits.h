/* What a file may ask for. Each is checked before anything is allocated or looped over, and a
 * refusal names the limit and the object. */
#ifndef TARE_IO_LIMITS_H
#define TARE_IO_LIMITS_H

#define LIMIT_OBJECTS 200000u
#define LIMIT_DEPTH 64u
#define LIMIT_NAME_BYTES 65535u
#define LIMIT_PATH_BYTES 65535u
#define LIMIT_ATTRIBUTES 1024u
#define LIMIT_ATTRIBUTE_BYTES (16u << 20)
#define LIMIT_ATTRIBUTE_TOTAL (256u << 20)
#define LIMIT_CHUNKS (4u << 20)
#define LIMIT_CHUNK_BYTES (64u << 20)
#define LIMIT_COMPACT_BYTES (64u << 10)
#define LIMIT_JSON_BYTES (100u << 20)
#define LIMIT_JSON_DEPTH 64u
#define LIMIT_WORDS_BYTES (16u << 20)
#define LIMIT_TOKENS (1u << 20)
#define LIMIT_EXAMPLES_BYTES (256u << 20)
#define LIMIT_EXAMPLE_BYTES (4u << 20) /* of one */
#define LIMIT_WATCHED_FILES 20000u
#define LIMIT_LOG_LINE_BYTES (1u << 20)
#define LIMIT_RECORDING_ROWS 1000000000u
#define LIMIT_RECORDING_LAYERS 4096u
#define LIMIT_RECORDING_CATEGORIES 4096u
#define LIMIT_RECORDING_REMARKS 1000u

#endif
