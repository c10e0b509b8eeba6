/* Built into tests under ThreadSanitizer only: GLib's locks are futexes of its own, which the
 * sanitizer does not see, so each is announced to it on the way through. */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* GLib's own function of that name, kept for the next time. */
static void *real(void **kept, const char *name)
{
    void *found = __atomic_load_n(kept, __ATOMIC_ACQUIRE);

    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        __atomic_store_n(kept, found, __ATOMIC_RELEASE);
    }
    return found;
}

void g_mutex_lock(GMutex *mutex)
{
    static void *kept;
    void (*lock)(GMutex *);

    *(void **)&lock = real(&kept, "g_mutex_lock");
    lock(mutex);
    __tsan_acquire(mutex);
}

void g_mutex_unlock(GMutex *mutex)
{
    static void *kept;
    void (*unlock)(GMutex *);

    *(void **)&unlock = real(&kept, "g_mutex_unlock");
    __tsan_release(mutex);
    unlock(mutex);
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
    static void *kept;
    void (*wait)(GCond *, GMutex *);

    *(void **)&wait = real(&kept, "g_cond_wait");
    __tsan_release(mutex);
    wait(cond, mutex);
    __tsan_acquire(mutex);
}
