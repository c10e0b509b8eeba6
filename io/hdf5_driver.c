#include "io/hdf5_driver.h"

/* What libhdf5 holds: its own part must come first. */
struct handle {
    H5FD_t public;
    struct hdf5_driver *driver;
    haddr_t end_of_allocation;
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    struct hdf5_driver *const *info = H5Pget_driver_info(access);
    struct handle *h;

    (void)name;
    (void)max_address;
    if (!info || (*info)->opened || (flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC | H5F_ACC_CREAT)))
        return NULL;
    h = g_new0(struct handle, 1);
    h->driver = *info;
    h->driver->opened = TRUE;
    return &h->public;
}

static herr_t driver_close(H5FD_t *file)
{
    g_free(file);
    return 0;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b)
{
    return (a > b) - (a < b);
}

/* No feature asks for locks or for SWMR, so the flags a writer left in a superblock are no hindrance. */
static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA;
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
    return ((const struct handle *)file)->driver->file->size;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t bytes, void *buffer)
{
    struct hdf5_driver *d = ((struct handle *)file)->driver;

    (void)transfer;
    if (d->noting && type == H5FD_MEM_DRAW) {
        d->address = address;
        d->bytes = bytes;
        return 0;
    }
    return file_read(d->file, address, buffer, bytes, NULL) ? 0 : -1;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t bytes, const void *buffer)
{
    (void)file;
    (void)type;
    (void)transfer;
    (void)address;
    (void)bytes;
    (void)buffer;
    return -1;
}

static const H5FD_class_t driver_class = {
    .name = "tare",
    .maxaddr = G_MAXINT64,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct hdf5_driver *),
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = get_end_of_allocation,
    .set_eoa = set_end_of_allocation,
    .get_eof = get_end_of_file,
    .read = driver_read,
    .write = driver_write,
    .fl_map = H5FD_FLMAP_SINGLE,
};

static hid_t driver_id(void)
{
    static gsize registered;

    if (g_once_init_enter(&registered))
        g_once_init_leave(&registered, (gsize)H5FDregister(&driver_class));
    return (hid_t)registered;
}

hid_t hdf5_driver_open(struct hdf5_driver *d, const struct file *f)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), id = -1;

    *d = (struct hdf5_driver){.file = f};
    if (H5Pset_driver(access, driver_id(), &d) >= 0)
        id = H5Fopen(f->path, H5F_ACC_RDONLY, access);
    return id;
}
