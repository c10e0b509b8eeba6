/* LZF for libhdf5, which lacks it: reads chunks, and stores what is written uncompressed, which the
 * format marks in the chunk. */
#ifndef TARE_IO_HDF5_LZF_H
#define TARE_IO_HDF5_LZF_H

/* Under hdf5_lock; may be called again. */
void hdf5_lzf_register(void);

#endif
