#include <string.h>
#include "io/hdf5_internal.h"

struct float_fields {
    gsize bytes, sign, exponent, exponent_bits, mantissa, mantissa_bits, bias;
    enum dtype dtype;
};

static const struct float_fields floats[] = {
    {2, 15, 10, 5, 0, 10, 15, DTYPE_F16},
    {2, 15, 7, 8, 0, 7, 127, DTYPE_BF16},
    {4, 31, 23, 8, 0, 23, 127, DTYPE_F32},
    {8, 63, 52, 11, 0, 52, 1023, DTYPE_F64},
};

static void refuse(struct hdf5_type *t, gboolean numeric, const char *reason)
{
    t->numeric = numeric;
    g_strlcpy(t->reason, reason, sizeof t->reason);
}

static gboolean set_order(struct hdf5_type *t, hid_t type)
{
    H5T_order_t order = H5Tget_order(type);

    t->big_endian = order == H5T_ORDER_BE;
    if (order == H5T_ORDER_LE || order == H5T_ORDER_BE)
        return TRUE;
    refuse(t, TRUE, "unusual byte order: not supported");
    return FALSE;
}

static gboolean fields_match(const struct float_fields *f, hid_t type, gsize bytes)
{
    gsize sign, exponent, exponent_bits, mantissa, mantissa_bits;

    return bytes == f->bytes && H5Tget_ebias(type) == f->bias &&
           H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 &&
           sign == f->sign && exponent == f->exponent && exponent_bits == f->exponent_bits &&
           mantissa == f->mantissa && mantissa_bits == f->mantissa_bits &&
           H5Tget_norm(type) == H5T_NORM_IMPLIED;
}

static void classify_float(struct hdf5_type *t, hid_t type)
{
    if (!set_order(t, type))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(floats); i++)
        if (fields_match(&floats[i], type, t->bytes)) {
            t->readable = t->numeric = TRUE;
            t->dtype = floats[i].dtype;
            return;
        }
    refuse(t, TRUE,
           t->bytes == 1  ? "8-bit float: not supported yet"
           : t->bytes > 8 ? "long double: not supported"
                          : "unusual float layout: not supported");
}

static void classify_integer(struct hdf5_type *t, hid_t type)
{
    static const enum dtype kinds[2][4] = {{DTYPE_U8, DTYPE_U16, DTYPE_U32, DTYPE_U64},
                                           {DTYPE_I8, DTYPE_I16, DTYPE_I32, DTYPE_I64}};
    H5T_sign_t sign = H5Tget_sign(type);

    if (!set_order(t, type))
        return;
    if (t->bytes > 8 || (t->bytes & (t->bytes - 1)) || H5Tget_precision(type) != 8 * t->bytes ||
        (sign != H5T_SGN_NONE && sign != H5T_SGN_2)) {
        refuse(t, TRUE, "integer of an unusual size: not supported");
        return;
    }
    t->readable = t->numeric = TRUE;
    t->dtype = kinds[sign == H5T_SGN_2][g_bit_storage(t->bytes) - 1];
}

/* Two bytes of unexplained content are how h5py stores bfloat16. */
static void classify_opaque(struct hdf5_type *t)
{
    t->opaque = TRUE;
    if (t->bytes == 2) {
        t->readable = t->numeric = TRUE;
        t->dtype = DTYPE_BF16;
    } else if (t->bytes == 1) {
        refuse(t, TRUE, "opaque bytes (8-bit float?): not supported yet");
    } else {
        refuse(t, FALSE, "opaque bytes, not weights");
    }
}

static void classify_enum(struct hdf5_type *t, hid_t type)
{
    char *name = H5Tget_nmembers(type) == 2 ? H5Tget_member_name(type, 0) : NULL;

    refuse(t, FALSE,
           name && g_ascii_strcasecmp(name, "FALSE") == 0 ? "boolean (enum), not weights"
                                                          : "enum, not weights");
    H5free_memory(name);
}

void hdf5_type_classify(struct hdf5_type *t, hid_t type)
{
    memset(t, 0, sizeof *t);
    t->bytes = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        classify_float(t, type);
        break;
    case H5T_INTEGER:
        classify_integer(t, type);
        break;
    case H5T_OPAQUE:
        classify_opaque(t);
        break;
    case H5T_ENUM:
        classify_enum(t, type);
        break;
    case H5T_STRING:
        refuse(t, FALSE, "string, not weights");
        break;
    case H5T_COMPOUND:
        refuse(t, FALSE, "compound, not weights");
        break;
    case H5T_VLEN:
        refuse(t, FALSE, "lists of varying length, not weights");
        break;
    case H5T_ARRAY:
        refuse(t, FALSE, "array elements: not supported");
        break;
    case H5T_BITFIELD:
        refuse(t, FALSE, "bit field, not weights");
        break;
    case H5T_REFERENCE:
        refuse(t, FALSE, "references, not weights");
        break;
    default:
        refuse(t, FALSE, "unknown type, not weights");
    }
}
