#include "io/hdf5_write_driver.h"

#include "io/hdf5_driver.h"

/* What libhdf5 holds: its own part must come first. */
struct handle {
    H5FD_t public;
    struct safe_file *file;
    haddr_t end_of_allocation;
};

static H5FD_t *write_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    struct safe_file *const *info = H5Pget_driver_info(access);
    struct handle *h;

    (void)name;
    (void)flags;
    (void)max_address;
    if (!info)
        return NULL;
    h = g_new0(struct handle, 1);
    h->file = *info;
    return &h->public;
}

static herr_t write_close(H5FD_t *file)
{
    g_free(file);
    return 0;
}

static int write_compare(const H5FD_t *a, const H5FD_t *b)
{
    return (a > b) - (a < b);
}

/* As the library's own driver for plain files: small writes are put together. */
static herr_t write_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_end_of_allocation(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const struct handle *)file)->end_of_allocation;
}

static herr_t set_end_of_allocation(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((struct handle *)file)->end_of_allocation = address;
    return 0;
}

static haddr_t get_end_of_file(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const struct handle *)file)->file->end;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t bytes, void *buffer)
{
    (void)type;
    (void)transfer;
    return safe_file_read(((struct handle *)file)->file, address, buffer, bytes) ? 0 : -1;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t bytes, const void *buffer)
{
    (void)type;
    (void)transfer;
    safe_file_write(((struct handle *)file)->file, address, buffer, bytes);
    return 0;
}

static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    struct handle *h = (struct handle *)file;

    (void)transfer;
    (void)closing;
    if (h->end_of_allocation != h->file->end)
        safe_file_resize(h->file, h->end_of_allocation);
    return 0;
}

static const H5FD_class_t driver_class = {
    .name = "tare-write",
    .maxaddr = G_MAXINT64,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct safe_file *),
    .open = write_open,
    .close = write_close,
    .cmp = write_compare,
    .query = write_query,
    .get_eoa = get_end_of_allocation,
    .set_eoa = set_end_of_allocation,
    .get_eof = get_end_of_file,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_SINGLE,
};

hid_t hdf5_write_access(struct safe_file *f)
{
    static hid_t driver = -1;
    hid_t access;

    hdf5_restrain();
    if (driver < 0)
        driver = H5FDregister(&driver_class);
    access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    if (driver < 0 || H5Pset_driver(access, driver, &f) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}
