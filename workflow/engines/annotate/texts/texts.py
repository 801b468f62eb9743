"""All texts of a variant and of the sample, by templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.annotate.known import Knowledge
from engines.annotate.texts import kinds
from engines.annotate.texts.biomarkers import biomarker_facts
from engines.annotate.texts.gene import gene_dx_facts, gene_facts
from engines.annotate.texts.incidental import incidental_facts, is_like_germline
from engines.annotate.texts.library import Library
from engines.annotate.texts.negatives import negative_facts, places, wanted
from engines.annotate.texts.sample import (
    Leftovers,
    chromosomal_facts,
    secondary_facts,
    structural_facts,
    technical_facts,
    tumour_only_facts,
    unread_places,
)
from engines.annotate.texts.setting import Setting
from engines.annotate.texts.sighted import IMPORTANT, ONCOGENIC, Sighted, Watch
from engines.annotate.texts.templates import Templates
from engines.annotate.texts.variant import VariantFacts
from engines.annotate.verdict import (
    Annotated,
    AnnotatedStructural,
    CannedText,
    Oncogenicity,
    Sentence,
)

TWO_COPIES = 0.9
"""Share of reads from which a variant may be on both inherited copies."""


class Texts:
    """Texts for one sample.

    Args:
        templates: shipped or the user's own.
        sighted: what an earlier start has noted, where a run goes on.

    Raises:
        BadData: a template asks for something that there is not.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        setting: Setting,
        templates: Templates | None = None,
        sighted: Sighted | None = None,
    ) -> None:
        self.templates = templates or Templates()
        self.setting = setting
        self.sighted = sighted or Sighted()
        self._library = Library(knowledge, setting.disease)
        self._facts = VariantFacts(self._library, setting)
        self._wanted = wanted(self._library, setting.build)
        self._watch = Watch(self._library, setting, places(self._wanted[0]))
        self._genes: dict[str, tuple[CannedText, ...]] = {}
        self._verdicts: dict[tuple[Any, ...], tuple[Oncogenicity, tuple[CannedText, ...]]] = {}

    def noted(self) -> Sighted:
        """What has to be remembered of the variants until now."""
        self._watch.settle(self.sighted)
        return self.sighted

    def of(self, annotated: Annotated) -> Sequence[CannedText]:
        """The texts of a variant, what matters most first; notes it for the sample's texts."""
        found: Sequence[CannedText] = self._dx(annotated)
        incidental = None
        if self._is_known(annotated):
            incidental = incidental_facts(self._library, annotated)
            found = [*found, *self._all_but_dx(annotated, incidental)]
        self._watch.note(self.sighted, annotated, is_flagged=incidental is not None)
        return found

    def _is_known(self, annotated: Annotated) -> bool:
        """Whether there is anything to say besides that nothing is known: of most variants of a
        genome there is not, and their fields tell where they are."""
        if annotated.matches or annotated.tier != "III" or annotated.oncogenicity.points:
            return True
        chosen = annotated.call.chosen
        return chosen is not None and self._library.knows(chosen.gene)

    def _all_but_dx(
        self, annotated: Annotated, incidental: Mapping[str, Any] | None
    ) -> list[CannedText]:
        call = annotated.call
        facts = self._facts.of(call, annotated.named)
        found = list(self._text(kinds.VARIANT, facts))
        if annotated.gene:
            found += self._of_gene(annotated.gene)
        if incidental:
            found += self._text(kinds.INCIDENTAL, incidental)
        if facts["filters"] or facts["low_depth"] or facts["low_vaf"]:
            found += self._text(kinds.TECHNICAL, facts)
        if self._may_be_inherited(annotated):
            found += self._text(kinds.TUMOUR_ONLY, facts)
        return found

    def _dx(self, annotated: Annotated) -> tuple[CannedText, ...]:
        if annotated.matches:
            return self._text(kinds.VARIANT_DX, self._facts.dx(annotated))
        score = annotated.oncogenicity
        key = annotated.tier, annotated.rationale, id(score)  # its hash is that of all its codes
        known = self._verdicts.get(key)
        if known and known[0] is score:
            return known[1]
        found = self._text(kinds.VARIANT_DX, self._facts.dx(annotated))
        if len(self._verdicts) < 10_000:
            self._verdicts[key] = score, found
        return found

    def _of_gene(self, gene: str) -> tuple[CannedText, ...]:
        if gene not in self._genes:
            dx, general = gene_dx_facts(self._library, gene), gene_facts(self._library, gene)
            self._genes[gene] = (
                *(self._text(kinds.GENE_DX, dx) if dx else ()),
                *(self._text(kinds.GENE, general) if general else ()),
            )
        return self._genes[gene]

    def _may_be_inherited(self, annotated: Annotated) -> bool:
        matters = annotated.tier in IMPORTANT or annotated.oncogenicity.verdict in ONCOGENIC
        vaf = annotated.call.vaf
        alike = is_like_germline(vaf) or (vaf is not None and vaf > TWO_COPIES)
        return bool(self.setting.tumour_only) and matters and alike

    def _text(self, kind: str, facts: Mapping[str, Any]) -> tuple[CannedText, ...]:
        sentences: tuple[Sentence, ...] = self.templates.sentences(kinds.OF_VARIANTS[kind], facts)
        return (CannedText(kind, sentences),) if sentences else ()

    def of_structural(self, annotated: AnnotatedStructural) -> list[CannedText]:
        """The text of a chromosomal alteration; notes it, too."""
        self._watch.note_structural(self.sighted, annotated)
        return list(self._text(kinds.CHROMOSOMAL, structural_facts(self._library, annotated)))

    def of_sample(self, leftovers: Leftovers) -> list[CannedText]:
        """The texts of the sample, after the last variant."""
        setting, library, sighted = self.setting, self._library, self.noted()
        unread = unread_places(self._watch, leftovers.unread)
        if leftovers.somewhere:  # they may lie anywhere
            unread = {each.key for each in self._wanted[0]}
        facts = {
            kinds.CHROMOSOMAL: chromosomal_facts(library, sighted),
            kinds.NEGATIVES: negative_facts(library, setting, self._wanted, sighted, unread),
            kinds.BIOMARKERS: biomarker_facts(library, setting, sighted),
            kinds.INCIDENTAL: secondary_facts(library, sighted),
            kinds.TECHNICAL: technical_facts(library, setting, sighted, leftovers.rejected),
        }
        if setting.tumour_only is not False:
            facts[kinds.TUMOUR_ONLY] = tumour_only_facts(setting, sighted)
        found = []
        for kind, each in facts.items():
            sentences = self.templates.sentences(kinds.OF_SAMPLES[kind], each)
            if sentences:
                found.append(CannedText(kind, sentences))
        return found
