/* Writes a pair of float32 checkpoints shaped like a transformer, the second a little moved.
 * usage: make_pair BASE TUNED MEGABYTES (of both files together) */
#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define WIDTH 768u
#define LAYER_ELEMS (12u * WIDTH * WIDTH)
#define LARGEST (4u * WIDTH * WIDTH)

static uint64_t state = 1;

/* Roughly normal: the sum of the four 16-bit parts of one random word. */
static float roughly_normal(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    uint64_t s = state;
    int sum =
        (int)(s & 0xffff) + (int)(s >> 16 & 0xffff) + (int)(s >> 32 & 0xffff) + (int)(s >> 48);
    return (float)(sum - 2 * 65535) * (1.0f / 37837.0f);
}

static void write_one(hid_t file, const char *name, const hsize_t *dim, const float *values)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(2, dim, NULL);

    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static void write_pair(const hid_t file[2], int layer, const char *part, hsize_t rows, hsize_t cols,
                       float *values)
{
    const hsize_t dim[] = {rows, cols};
    char name[64];

    snprintf(name, sizeof name, "h/%d/%s/weight", layer, part);
    for (hsize_t i = 0; i < rows * cols; i++)
        values[i] = 0.02f * roughly_normal();
    write_one(file[0], name, dim, values);
    for (hsize_t i = 0; i < rows * cols; i++)
        values[i] += 2e-4f * roughly_normal();
    write_one(file[1], name, dim, values);
}

int main(int argc, char **argv)
{
    double layer_bytes = 2.0 * LAYER_ELEMS * sizeof(float);
    int layers = argc == 4 ? (int)(atof(argv[3]) * 1e6 / layer_bytes + 0.5) : 0;
    float *values = malloc(LARGEST * sizeof *values);

    if (layers < 1 || !values) {
        fprintf(stderr, "usage: make_pair BASE TUNED MEGABYTES\n");
        return 2;
    }
    hid_t file[2] = {H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                     H5Fcreate(argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)};
    if (file[0] < 0 || file[1] < 0)
        return 1;
    for (int i = 0; i < layers; i++) {
        write_pair(file, i, "attn/c_attn", WIDTH, 3 * WIDTH, values);
        write_pair(file, i, "attn/c_proj", WIDTH, WIDTH, values);
        write_pair(file, i, "mlp/c_fc", WIDTH, 4 * WIDTH, values);
        write_pair(file, i, "mlp/c_proj", 4 * WIDTH, WIDTH, values);
    }
    free(values);
    return H5Fclose(file[0]) < 0 || H5Fclose(file[1]) < 0;
}
