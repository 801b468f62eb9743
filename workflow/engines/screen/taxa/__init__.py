"""Which organisms are in the reads: words of genomes, the taxon of each pair, abundance."""

from engines.screen.taxa.build import build_taxa_index as build_taxa_index
from engines.screen.taxa.genomes import genomes_of as genomes_of
from engines.screen.taxa.kept import open_reference as open_reference
from engines.screen.taxa.layout import TaxaIndex as TaxaIndex
from engines.screen.taxa.layout import load_index as load_index
from engines.screen.taxa.report import write_taxa as write_taxa
from engines.screen.taxa.result import TaxaResult as TaxaResult
from engines.screen.taxa.screen import TaxaScreen as TaxaScreen
from engines.screen.taxa.screen import screen_taxa as screen_taxa
