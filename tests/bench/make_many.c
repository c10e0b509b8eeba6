/* Writes a checkpoint of many small tensors, laid out as Keras 2 saves weights: a group a layer
 * with its kernel and bias, their names in attributes. usage: make_many FILE TENSORS SEED */
#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 32
#define INPUTS 8
#define OUTPUTS 4

static uint64_t state;

static float small_number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(state >> 11) / (double)(UINT64_C(1) << 53) - 0.5);
}

static void write_names(hid_t at, const char *attribute, const char *names, hsize_t n)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &n, NULL);

    H5Tset_size(type, NAME_BYTES);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hid_t attr = H5Acreate2(at, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attr, type, names);
    H5Aclose(attr);
    H5Sclose(space);
    H5Tclose(type);
}

static void write_tensor(hid_t group, const char *name, int rank, const hsize_t *dim)
{
    float values[INPUTS * OUTPUTS];
    hid_t space = H5Screate_simple(rank, dim, NULL);
    hid_t set =
        H5Dcreate2(group, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    for (int i = 0; i < INPUTS * OUTPUTS; i++)
        values[i] = small_number();
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
}

static void write_layer(hid_t file, const char *layer)
{
    const hsize_t kernel[] = {INPUTS, OUTPUTS}, bias[] = {OUTPUTS};
    char names[2][NAME_BYTES] = {{0}};
    hid_t group = H5Gcreate2(file, layer, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t inner = H5Gcreate2(group, layer, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    write_tensor(inner, "kernel:0", 2, kernel);
    write_tensor(inner, "bias:0", 1, bias);
    snprintf(names[0], NAME_BYTES, "%.16s/kernel:0", layer);
    snprintf(names[1], NAME_BYTES, "%.16s/bias:0", layer);
    write_names(group, "weight_names", names[0], 2);
    H5Gclose(inner);
    H5Gclose(group);
}

int main(int argc, char **argv)
{
    int layers = argc == 4 ? atoi(argv[2]) / 2 : 0;
    char *names = calloc((size_t)layers + 1, NAME_BYTES);

    if (layers < 1 || layers > 2000000 / NAME_BYTES || !names) {
        fprintf(stderr, "usage: make_many FILE TENSORS SEED\n");
        return 2;
    }
    state = strtoull(argv[3], NULL, 10);
    hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0)
        return 1;
    for (int i = 0; i < layers; i++) {
        char *name = names + (size_t)i * NAME_BYTES;
        snprintf(name, NAME_BYTES, "dense_%d", i);
        write_layer(file, name);
    }
    /* An attribute holds at most 64 KB: Keras splits longer lists into chunks. */
    hsize_t whole = 64000 / NAME_BYTES, n = (hsize_t)layers;
    for (hsize_t chunk = 0; n > whole && chunk * whole < n; chunk++) {
        char attribute[NAME_BYTES];
        snprintf(attribute, sizeof attribute, "layer_names%d", (int)chunk);
        hsize_t left = n - chunk * whole;
        write_names(file, attribute, names + chunk * whole * NAME_BYTES,
                    left < whole ? left : whole);
    }
    if (n <= whole)
        write_names(file, "layer_names", names, n);
    free(names);
    return H5Fclose(file) < 0;
}
