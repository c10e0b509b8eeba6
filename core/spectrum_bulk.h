/* The edge that noise of independent entries would have, and how many eigenvalues stand above it
 * (Marchenko & Pastur 1967; median matched as Gavish & Donoho 2014; margin by Johnstone 2001). */
#ifndef TARE_CORE_SPECTRUM_BULK_H
#define TARE_CORE_SPECTRUM_BULK_H

#include <stdint.h>

struct spectrum_bulk {
    double variance; /* s^2 of an entry of the bulk; NAN: no eigenvalues */
    double edge;     /* s^2 (1 + sqrt(M/N))^2, an eigenvalue of W'W / N, N the longer side */
    double margin;   /* 99 % point of the largest noise eigenvalue beyond the edge (Tracy-Widom) */
    uint32_t spikes; /* above edge + margin: directions that noise does not make */
    uint32_t above;  /* above the bare edge */
};

/* sigma[m] descending, of a matrix whose longer side is n; those from `rank` on are 0 but for
 * rounding. s^2 is such that the median of the bulk
 * (all that is no spike) is the law's. */
void spectrum_bulk_fit(const double *sigma, uint32_t m, uint32_t rank, uint64_t n,
                       struct spectrum_bulk *out);

/* The law's median for s^2 = 1 and this M/N in (0, 1]. */
double spectrum_bulk_median(double ratio);

#endif
