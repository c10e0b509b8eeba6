# Random numbers that are the same in every awk: two multiplicative generators, combined (L'Ecuyer
# 1988). Products stay below 2^53, so doubles hold them exactly.

function random_start(seed, stream,    i)
{
    random_a = (seed * 2654435 + stream * 40503 + 12345) % 2147483562 + 1
    random_b = (seed * 69069 + stream * 30011 + 54321) % 2147483398 + 1
    for (i = 0; i < 20; i++)
        random_below(1)
}

# 0 .. n - 1
function random_below(n,    z)
{
    random_a = (40014 * random_a) % 2147483563
    random_b = (40692 * random_b) % 2147483399
    z = (random_a - random_b + 2147483562) % 2147483562
    return int(z / 2147483562 * n)
}
