#include "io/hdf5_driver.h"

#include <pthread.h>
#include <string.h>

#define CACHE_BYTES (1u << 20)

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

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

/* No feature asks for locks or for SWMR, so the flags a writer left in a superblock are no
 * hindrance. */
static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = 0;
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
    d->overrun |= address >= d->file->size || bytes > d->file->size - address;
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

/* A walk touches everything once: a small cache of fixed size is faster than one that grows in the
 * hope of hits. */
static void fix_cache(hid_t access)
{
    H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};

    if (H5Pget_mdc_config(access, &config) < 0)
        return;
    config.set_initial_size = TRUE;
    config.initial_size = config.max_size = config.min_size = CACHE_BYTES;
    config.incr_mode = H5C_incr__off;
    config.flash_incr_mode = H5C_flash_incr__off;
    config.decr_mode = H5C_decr__off;
    H5Pset_mdc_config(access, &config);
}

static hid_t refuse_link(const char *name, hid_t group, const void *value, size_t bytes,
                         hid_t access, hid_t transfer)
{
    (void)name;
    (void)group;
    (void)value;
    (void)bytes;
    (void)access;
    (void)transfer;
    return H5I_INVALID_HID;
}

static ssize_t show_link(const char *name, const void *value, size_t bytes, void *buffer,
                         size_t capacity)
{
    (void)name;
    if (buffer)
        memcpy(buffer, value, MIN(bytes, capacity));
    return (ssize_t)bytes;
}

/* Takes the place of the library's own class, which would open files. */
static const H5L_class_t external_link = {
    .version = H5L_LINK_CLASS_T_VERS,
    .id = H5L_TYPE_EXTERNAL,
    .comment = "refused",
    .trav_func = refuse_link,
    .query_func = show_link,
};

/* Printing counts for the calling thread only, the rest for the process. */
void hdf5_restrain(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    H5Lregister(&external_link);
}

hid_t hdf5_driver_access(struct hdf5_driver *d, const struct file *f)
{
    hid_t access;

    hdf5_restrain();
    *d = (struct hdf5_driver){.file = f};
    access = H5Pcreate(H5P_FILE_ACCESS);
    fix_cache(access);
    if (H5Pset_driver(access, driver_id(), &d) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

void hdf5_lock(void)
{
    pthread_mutex_lock(&library);
}

void hdf5_unlock(void)
{
    pthread_mutex_unlock(&library);
}
