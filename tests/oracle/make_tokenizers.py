#!/usr/bin/env python3
"""Small tokenizers of every kind, trained and run by the tokenizers package (HuggingFace; 0.23.3).

Writes, below tokenizers/: NAME.json (and older forms of the same), corpus.txt (a text a line, in
hexadecimal: some are no UTF-8), NAME.txt (a line for each text: its ids; the parts of the text they
stand for, first+bytes, of valid text only; the text decoded from them, in hexadecimal; separated by
"|"; a first line with what the template puts before and after). Of some, the older form too: NAME/vocab.json
with merges.txt, NAME/vocab.txt.
usage: make_tokenizers.py [--train] [NAME..]    all, or those alone; --train: anew, on the headers of core as
                                              they are then, else what is there is run
"""
import codecs
import json
import pathlib
import random
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "tokenizers"

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")

TEXTS = [
    "", " ", "  ", "\n", "a", " a", "a ", "The quick brown fox jumps over the lazy dog.",
    "Hello, world! Isn't it?  It's we'll they've I'm you're he'd DON'T WE'LL I'VE 'S 'ſ 'ſx",
    "x'sy 's's ''s '", "don’t “quote” — dash… ¿qué? ¡sí!",
    "café cafe\u0301 ÉCOLE naïve Zürich straße ﬁ ﬂ Å Å ① ² ½ Ⅷ",
    "a\u0301\u0323b\u0323\u0301 e\u0302\u0301 \u0301x \u1ebf \u0958 \u0344 \u0f73 ạ̈ 가각 각 \u1100\u1161\u11a8",
    "你好，世界！日本語のテキスト。한국어 텍스트 𠀀𠮷 㐀 豈 ｆｕｌｌ ｗｉｄｔｈ", "北京abc上海123 東京tower",
    "مرحبا بالعالم، كيف حالك؟ ١٢٣٤ שלום עולם", "हिन्दी में पाठ १२३ ไทย ภาษา தமிழ்", "Привет, МИР! Ёлка ЁЛКА İstanbul ΣΊΣΥΦΟΣ ǅ",
    "😀 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 👍🏽 ☃️ 1️⃣ ❤️‍🔥 🫠", "x👍y 👍👍👍 \U0001f9d1\u200d\U0001f680",
    "0 1 12 123 1234 12345 3.14159 1,000,000 0x1F 1e-5 2024-11-25 12:34:56 ٣٤٥ ½¾ x2y3",
    "def f(x):\n    return x ** 2  # square\n\n\tif x != 0:\r\n\t\tprint(f\"{x:>10}\")\r\n",
    "for (int i = 0; i < n; i++) { a[i] += b[i] & 0xff; }\n", "<div class=\"x\">&amp;</div> https://a.b/c?d=e&f=%20#g",
    "   leading and trailing   ", "tabs\t\tand  \t mixed \n\n\n lines \r\n\r\n  end\n ", "a\n b\n  c\n\n d \n\n", "\n\n\n", " \n \n ", "x   \ny", "\r\r\n\r",
    "\u00a0nbsp\u00a0\u2003em\u3000ideographic\u2028line\u2029para\u0085next\u200bzero\u200cnj\u200dj\ufeffbom\u00adshy",
    "nul\0in\0side \x01\x02\x1f\x7f\x80\x9f bell\a", "\ufffd replaced \ufffe \uffff \U0010ffff \ue000",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "supercalifragilisticexpialidociousantidisestablishmentarianismpneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "the the the theth ethe", "snake_case camelCase PascalCase kebab-case SCREAMING_CASE __init__",
    "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> <|endoftext|>", "<|endoftext|", "<|endoftext|>>", "<<|endoftext|>",
    "[CLS] a [SEP] [MASK] [UNK] [PAD] [mask] [cls]", "x<mask>y x <mask> y  <mask>\n<mask>", "keep  <keep>  right <keep>right",
    "whole wholes awhole whole. (whole) éwhole whole\u0301 _whole whole_", "Grüße GRÜSSE grüße", "<s>x</s><unk><pad>",
    "short shorter shortest", "▁metaspace ▁▁ already▁there", "a▁b", "<0x41> <0x0A>", "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./",
    "$100 €50 £20 ¥10 ₿1 5% 3° ±2 × ÷ ≠ ∞ √ ∑ → ⇒ ★ ♥ ☎ © ® ™ § ¶ † ‡ • …", "e̊ o̧̊ n̨̆ ŏ̤ q̣̇ q̣̇",
    "ﷺ ㍿ Ⅻ ﬃ ㎏ ㌔ ｶﾞ ﾊﾟ ℌ ℵ", "ŉ ǰ ẖ ΐ ẞ ſ K Å Ω", "\u1e9b\u0323 \u1e69 \u0073\u0323\u0307 \u03d3 \u2126",
]
BROKEN = [b"\xff", b"a\xffb", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2\x82x", b"\xf0\x9f\x98", b"\xf0\x9f\x98 \x80\x80",
          b"\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", b"caf\xe9 na\xefve", b"\xfe\xff U",
          b"ok \xe4\xbd\xa0\xe5\xa5 cut", b"\x80\xbf\xc1\xbf", b"<|endoftext|>\xff<|endoftext|>"]
BITS = ["the", "and", " ", "  ", "\n", "\t", "a", "b", "Z", "é", "e\u0301", "ß", "İ", "你", "好", "한", "ا", "١", "1", "23",
        "4567", ".", ",", "!?", "'s", "'LL", "'t", "-", "_", "(", "😀", "👨‍👩‍👧", "🇩🇪", "\u0323", "\u200d", "\u00a0", "\u3000",
        "<|endoftext|>", "<mask>", "whole", "▁", "[MASK]", "ﬁ", "Å", "x", "return", "ing", "tion", "\r\n", "\0", "\x07"]


def corpus():
    rng = random.Random(5)
    texts = [t.encode() for t in TEXTS] + BROKEN
    for _ in range(120):
        texts.append("".join(rng.choice(BITS) for _ in range(rng.randrange(1, 30))).encode())
    for _ in range(20):
        texts.append(bytes(rng.choice([rng.randrange(256), rng.randrange(32, 127)]) for _ in range(rng.randrange(1, 40))))
    return texts


def training():
    root = HERE.parent.parent
    files = sorted((root / "core").glob("*.h")) + [root / "README.md", root / "core" / "README.md"]
    lines = []
    for f in files:
        lines += f.read_text().splitlines(keepends=True)
    return lines + TEXTS * 3


def byte_level(pre, extra=(), vocab=1000, **model):
    t = Tokenizer(models.BPE(**model))
    t.pre_tokenizer = pre
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(training(), trainers.BpeTrainer(
        vocab_size=vocab, show_progress=False, special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    for a in extra:
        t.add_tokens([a])
    return t


EXTRA = [AddedToken("<mask>", lstrip=True, special=True, normalized=False),
         AddedToken("<keep>", rstrip=True, normalized=False),
         AddedToken("whole", single_word=True, normalized=True),
         AddedToken("short", normalized=False), AddedToken("shorter", normalized=False),
         AddedToken("Gr", normalized=True)]


def gpt2():
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False), EXTRA)


def roberta():
    t = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True, trim_offsets=False), EXTRA[:1], 600)
    t.add_special_tokens(["<s>", "</s>", "<pad>", "<unk>"])
    t.post_processor = processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")),
                                                    trim_offsets=False, add_prefix_space=True)
    return t


def llama3():
    t = byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)]),
        vocab=2000, ignore_merges=True)
    t.add_special_tokens(["<|begin_of_text|>"])
    # Words that no merges make, to tell what ignore_merges does.
    state = json.loads(t.to_str())
    state["model"]["vocab"]["Ġfox"] = 2001
    state["model"]["merges"] = [m for m in state["model"]["merges"] if "".join(m) != "Ġfox"]
    state["added_tokens"][-1]["id"] = 2002 - 2
    t = Tokenizer.from_str(json.dumps(state))
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B:1",
        special_tokens=[("<|begin_of_text|>", t.token_to_id("<|begin_of_text|>"))])])
    return t


def qwen2():
    t = byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)]), EXTRA[2:3], 600)
    t.normalizer = normalizers.NFC()
    return t


def smollm():
    return byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False)]), vocab=1000)


def wordpiece(lowercase, vocab):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(training(), trainers.WordPieceTrainer(
        vocab_size=vocab, show_progress=False, limit_alphabet=400,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))])
    return t


def uncased():
    return wordpiece(True, 1500)


def cased():
    return wordpiece(False, 1500)


def llama2():
    """As converted from SentencePiece: spaces by the normalizer, no pre-tokenizer."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(training(), trainers.BpeTrainer(
        vocab_size=1100, show_progress=False, limit_alphabet=120,
        special_tokens=["<unk>", "<s>", "</s>"] + ["<0x%02X>" % i for i in range(256)]))
    t.pre_tokenizer = None
    state = json.loads(t.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    t = Tokenizer.from_str(json.dumps(state))
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                   decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B:1",
                                                     special_tokens=[("<s>", 1)])
    return t


def metaspace():
    """Without bytes to fall back to, so that there is something unknown; runs of it are one."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    t.decoder = decoders.Metaspace(prepend_scheme="first")
    t.train_from_iterator(training(), trainers.BpeTrainer(
        vocab_size=600, show_progress=False, limit_alphabet=80, special_tokens=["<unk>", "<|endoftext|>"]))
    t.add_tokens([AddedToken("whole", single_word=True, normalized=True)])
    return t


def clip():
    """Byte pairs with a mark at the end of a word."""
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(),
                                         normalizers.Strip()])
    t.decoder = decoders.BPEDecoder("</w>")
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("contiguous")])
    t.train_from_iterator(training(), trainers.BpeTrainer(
        vocab_size=600, show_progress=False, limit_alphabet=80, special_tokens=["<unk>"], end_of_word_suffix="</w>"))
    return t


def words():
    t = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    t.normalizer = normalizers.NFKD()
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(),
                                               pre_tokenizers.Split("-", "merged_with_previous")])
    t.train_from_iterator(training(), trainers.WordLevelTrainer(vocab_size=300, show_progress=False,
                                                                special_tokens=["[UNK]"]))
    return t


def mended(data):
    """As text, and for each character and the end its place among the bytes."""
    broken = {}

    def note(e):
        broken[e.start] = e.end
        return "\ufffd", e.end

    codecs.register_error("note", note)
    text, at, places = data.decode("utf-8", "note"), 0, []
    for c in text:
        places.append(at)
        at = broken[at] if at in broken else at + len(c.encode())
    return text, places + [at], not broken


def line(t, data):
    text, places, valid = mended(data)
    e = t.encode(text, add_special_tokens=False)
    spans = ["%d+%d" % (places[a], places[b] - places[a]) for a, b in e.offsets] if valid else []
    # Of a letter with its marks composed, the package gives the letter alone.
    if t.normalizer is not None and any(unicodedata.category(c)[0] == "M" or c in "ﾞﾟ" for c in text):
        spans = []
    return "%s|%s|%s" % (" ".join(map(str, e.ids)), " ".join(spans), t.decode(e.ids).encode().hex())


def train(name, t):
    state = json.loads(t.to_str())
    (OUT / (name + ".json")).write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")) + "\n")
    if name in ("gpt2", "roberta", "uncased", "cased"):
        (OUT / name).mkdir(exist_ok=True)
        t.model.save(str(OUT / name))


def run(name, texts):
    t = Tokenizer.from_file(str(OUT / (name + ".json")))
    plain, full = t.encode("a", add_special_tokens=False).ids, t.encode("a").ids
    at = next(i for i in range(len(full)) if full[i:i + len(plain)] == plain)
    lines = ["%s|%s" % (" ".join(map(str, full[:at])), " ".join(map(str, full[at + len(plain):])))]
    lines += [line(t, data) for data in texts]
    (OUT / (name + ".txt")).write_text("\n".join(lines) + "\n")


MAKERS = [gpt2, roberta, llama3, qwen2, smollm, uncased, cased, llama2, metaspace, clip, words]


def main():
    names = [a for a in sys.argv[1:] if a != "--train"]
    texts = corpus()
    OUT.mkdir(exist_ok=True)
    (OUT / "corpus.txt").write_text("".join(t.hex() + "\n" for t in texts))
    for make in MAKERS:
        if names and make.__name__ not in names:
            continue
        if "--train" in sys.argv:
            train(make.__name__, make())
        run(make.__name__, texts)


main()
