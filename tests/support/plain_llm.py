"""The plainest way to run a language model: every token anew from the whole text before it."""

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


class PlainLlm:
    """A model and its tokenizer, in float32."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)

    def tokens(self, prompt):
        turns = [f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in prompt.messages]
        text = "".join(turns) + "<|im_start|>assistant\n"
        return self.tokenizer.encode(text, add_special_tokens=False)

    def logprobs(self, tokens):
        with torch.inference_mode():
            return self.model(torch.tensor([tokens])).logits[0, -1].log_softmax(-1).numpy()

    def answer(self, prompt):
        tokens = self.tokens(prompt)
        for _ in range(prompt.max_tokens):
            tokens.append(int(self.logprobs(tokens).argmax()))
        return tokens[-prompt.max_tokens :]

    def label(self, prompt, label):
        after = self.logprobs(self.tokens(prompt))
        spelt = self.tokenizer.convert_tokens_to_ids([label, f"Ġ{label}"])
        return float(np.logaddexp(*after[spelt]))
