"""The genetic code of bacteria (NCBI table 11), whose codons are those of the standard code."""

import itertools

_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODONS = {
    "".join(codon): amino
    for codon, amino in zip(itertools.product("TCAG", repeat=3), _AMINO, strict=True)
}
_THREE = "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val Ter"
THREE = dict(zip("ARNDCQEGHILKMFPSTWYV*", _THREE.split(), strict=True))


def translate(bases: str) -> str:
    """Amino acids of whole codons; X for a codon with another letter than A, C, G, T."""
    return "".join(CODONS.get(bases[i : i + 3], "X") for i in range(0, len(bases) - 2, 3))
