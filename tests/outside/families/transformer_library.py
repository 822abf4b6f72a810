"""Networks of the transformers library, made from configurations: as many layers as usual in the small ones, narrow."""

from tests.outside.built import Built
from tests.outside.entries import Entry, broken, given, of, seeds
from tests.outside.tasks import CLASSES, WORDS

_WIDTH, _HEADS, _LAYERS = 32, 4, 4
# The usual names of these sizes.
_SIZES = {
    "vocab_size": WORDS,
    "hidden_size": _WIDTH,
    "num_hidden_layers": _LAYERS,
    "num_attention_heads": _HEADS,
    "intermediate_size": 4 * _WIDTH,
}
# Their names where a network has an encoder and a decoder.
TWO_STACKS = {
    "d_model": _WIDTH,
    "encoder_layers": 3,
    "decoder_layers": 3,
    "encoder_attention_heads": _HEADS,
    "decoder_attention_heads": _HEADS,
    "encoder_ffn_dim": 4 * _WIDTH,
    "decoder_ffn_dim": 4 * _WIDTH,
}
_NO_SPECIAL = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None}


def transformer(model: str, config: str, task: Built, **named: object) -> Entry:
    """A network of transformers."""
    built = Built(f"transformers.{model}", Built(f"transformers.{config}", **named))
    return of("transformers", model, "transformers", built, task)


def causal(name: str, **more: object) -> Entry:
    """A language model of transformers, in the sizes of this bank."""
    sizes = {**_SIZES, "max_position_embeddings": 32, **_NO_SPECIAL, **more}
    return transformer(f"{name}ForCausalLM", f"{name}Config", given("next_words"), **sizes)


def encoder(name: str, head: str, task: str, **more: object) -> Entry:
    """An encoder of transformers, in the sizes of this bank."""
    sizes = {**_SIZES, "max_position_embeddings": 32, "num_labels": CLASSES, **more}
    return transformer(f"{name}For{head}", f"{name}Config", given(task), **sizes)


_IMAGE = {key: value for key, value in _SIZES.items() if key != "vocab_size"}
GPT2 = transformer(
    "GPT2LMHeadModel",
    "GPT2Config",
    given("next_words"),
    vocab_size=WORDS,
    n_positions=32,
    n_embd=_WIDTH,
    n_layer=6,
    n_head=_HEADS,
    bos_token_id=None,
    eos_token_id=None,
)
LLAMA = causal("Llama", num_key_value_heads=2, num_hidden_layers=6)
BERT = encoder("Bert", "SequenceClassification", "sentences")
VIT = transformer(
    "ViTForImageClassification",
    "ViTConfig",
    given("labelled_images", 32),
    **_IMAGE,
    image_size=32,
    patch_size=8,
    num_labels=CLASSES,
)
T5 = transformer(
    "T5ForConditionalGeneration",
    "T5Config",
    given("translations"),
    vocab_size=WORDS,
    d_model=_WIDTH,
    d_kv=8,
    d_ff=4 * _WIDTH,
    num_layers=3,
    num_heads=_HEADS,
    decoder_start_token_id=0,
    pad_token_id=0,
)

SOUND = (
    *seeds(GPT2, 1, 2),
    *seeds(LLAMA, 1),
    *seeds(BERT, 1),
    encoder("Bert", "MaskedLM", "masked_words"),
    transformer(
        "DistilBertForSequenceClassification",
        "DistilBertConfig",
        given("sentences"),
        vocab_size=WORDS,
        dim=_WIDTH,
        hidden_dim=4 * _WIDTH,
        n_layers=_LAYERS,
        n_heads=_HEADS,
        num_labels=CLASSES,
    ),
    *seeds(T5, 1),
    transformer(
        "BartForConditionalGeneration",
        "BartConfig",
        given("translations"),
        vocab_size=WORDS,
        **TWO_STACKS,
        max_position_embeddings=32,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
        forced_eos_token_id=None,
    ),
    causal("Mistral", num_key_value_heads=2),
    causal("Mixtral", num_key_value_heads=2, num_local_experts=4),
    causal("Qwen3", num_key_value_heads=2, head_dim=8),
    causal("Gemma2", num_key_value_heads=2, head_dim=8),
    causal("Phi"),
    causal("GPTNeoX"),
    *seeds(
        transformer(
            "OPTForCausalLM",
            "OPTConfig",
            given("next_words"),
            **{key: value for key, value in _SIZES.items() if key != "intermediate_size"},
            ffn_dim=4 * _WIDTH,
            max_position_embeddings=32,
            word_embed_proj_dim=_WIDTH,
            **_NO_SPECIAL,
        ),
        1,
    ),
    transformer(
        "BloomForCausalLM",
        "BloomConfig",
        given("next_words"),
        vocab_size=WORDS,
        hidden_size=_WIDTH,
        n_layer=_LAYERS,
        n_head=_HEADS,
    ),
    transformer(
        "MambaForCausalLM",
        "MambaConfig",
        given("next_words"),
        vocab_size=WORDS,
        hidden_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        state_size=8,
        **_NO_SPECIAL,
    ),
    encoder("Albert", "SequenceClassification", "sentences", embedding_size=16),
    encoder("Roberta", "SequenceClassification", "sentences", pad_token_id=0),
    encoder("Electra", "SequenceClassification", "sentences", embedding_size=16),
    encoder("DebertaV2", "SequenceClassification", "sentences"),
    *seeds(VIT, 1),
    transformer(
        "Dinov2ForImageClassification",
        "Dinov2Config",
        given("labelled_images", 32),
        hidden_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        image_size=32,
        patch_size=8,
        num_labels=CLASSES,
    ),
    transformer(
        "SegformerForImageClassification",
        "SegformerConfig",
        given("labelled_images", 64),
        hidden_sizes=[16, 32, 64, 64],
        depths=[2, 2, 2, 2],
        num_labels=CLASSES,
    ),
    transformer(
        "ConvNextForImageClassification",
        "ConvNextConfig",
        given("labelled_images", 64),
        hidden_sizes=[16, 32, 64, 64],
        depths=[2, 2, 4, 2],
        num_labels=CLASSES,
    ),
    transformer(
        "CLIPModel",
        "CLIPConfig",
        given("pairs", 32),
        text_config={**_SIZES, "max_position_embeddings": 32, "eos_token_id": WORDS - 1},
        vision_config={**_IMAGE, "image_size": 32, "patch_size": 8},
        projection_dim=_WIDTH,
    ),
    transformer(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        given("speech", 16, 64),
        vocab_size=WORDS,
        num_mel_bins=16,
        **TWO_STACKS,
        max_source_positions=32,
        max_target_positions=32,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
    ),
    transformer(
        "Wav2Vec2ForSequenceClassification",
        "Wav2Vec2Config",
        given("sounds", 1600),
        **_SIZES,
        conv_dim=[32] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        classifier_proj_size=_WIDTH,
        num_labels=CLASSES,
        mask_time_prob=0.0,
    ),
)

_GPT2_BLOCK = "transformer.h.3"
BROKEN = (
    broken(GPT2, "detached", _GPT2_BLOCK),
    broken(GPT2, "no normalization"),
    broken(GPT2, "no normalization + weights times 3"),
    broken(GPT2, "times 100", f"{_GPT2_BLOCK}.mlp.c_proj"),
    broken(GPT2, "loss times 0"),
    broken(LLAMA, "detached", "model.layers.2"),
    broken(LLAMA, "times 100", "model.layers.4.mlp.down_proj"),
    broken(LLAMA, "zero read-out", "lm_head"),
    broken(LLAMA, "no normalization + weights times 3"),
    broken(LLAMA, "infinite weight", "model.layers.2.mlp.up_proj"),
    broken(BERT, "zero read-out", "classifier"),
    broken(BERT, "no normalization"),
    broken(BERT, "detached", "bert.encoder.layer.1"),
    broken(BERT, "times 100", "bert.encoder.layer.2.output.dense"),
    broken(VIT, "infinite weight", "vit.layers.2.mlp.fc1"),
    broken(T5, "detached", "encoder.block.1"),
)
