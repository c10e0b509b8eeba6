/* Reads files and does nothing with them: the floor under any scan of them. A thread a file, blocks
 * of 1 MiB into one buffer each. usage: read_files FILE... */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK (1 << 20)

static void *read_file(void *path)
{
    char *buffer = malloc(BLOCK);
    int fd = open(path, O_RDONLY);
    off_t at = 0;
    ssize_t n;

    while (fd >= 0 && buffer && (n = pread(fd, buffer, BLOCK, at)) > 0)
        at += n;
    if (at == 0)
        fprintf(stderr, "read_files: nothing in %s\n", (char *)path);
    if (fd >= 0)
        close(fd);
    free(buffer);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[16];
    int n = argc - 1 < 16 ? argc - 1 : 16;

    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, read_file, argv[i + 1]);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
