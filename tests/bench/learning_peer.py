"""PyTorch eager beside learning_bench: the same network, head, batch and precision; the faster of both memory layouts.

usage: learning_peer.py train|embed NETWORK WIDTH HEIGHT BATCH fp32|bf16 THREADS SECONDS [cpu|cuda]
"""
import sys
import time
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")


class Network(torch.nn.Module):
    """The trunk of torchvision, GeM, a linear layer to 512 and a norm, as the default preset has them."""

    def __init__(self, name, device):
        super().__init__()
        self.device_type = device
        whole = getattr(torchvision.models, name)(weights=None)
        if name == "mobilenet_v2":
            self.trunk, channels = whole.features, 1280
        else:
            self.trunk, channels = torch.nn.Sequential(*list(whole.children())[:-2]), whole.fc.in_features
        self.p = torch.nn.Parameter(torch.full((1,), 3.0))
        self.dense = torch.nn.Linear(channels, 512, bias=False)
        self.neck = torch.nn.BatchNorm1d(512)

    def forward(self, photos):
        return self.head(self.trunk(photos))

    def head(self, features):
        with torch.autocast(self.device_type, enabled=False):
            features = features.float()
            pooled = features.clamp_min(1e-6).pow(self.p).mean((2, 3)).pow(1 / self.p)
            return self.neck(self.dense(pooled))


def best_rate(seconds, photos, call, device, rounds=5):
    def finish():
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(10 if device == "cuda" else 1):
        call()
    finish()
    best = 0
    for _ in range(rounds):
        start, done = time.perf_counter(), 0
        while done == 0 or time.perf_counter() - start < seconds / rounds:
            call()
            done += photos
        finish()
        best = max(best, done / (time.perf_counter() - start))
    return best


def main():
    what, name = sys.argv[1:3]
    width, height, batch = (int(x) for x in sys.argv[3:6])
    reduced, seconds = sys.argv[6] == "bf16", float(sys.argv[8])
    torch.set_num_threads(int(sys.argv[7]))
    device = sys.argv[9] if len(sys.argv) > 9 else "cpu"
    torch.manual_seed(1)
    best = 0
    for layout in (torch.contiguous_format, torch.channels_last):
        network = Network(name, device).to(device=device, memory_format=layout)
        photos = torch.randn(batch, 3, height, width).to(device=device, memory_format=layout)
        chips = torch.randint(0, 256, (batch, height, width, 3), dtype=torch.uint8)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=0.01)

        def train():
            optimizer.zero_grad()
            with torch.autocast(device, dtype=torch.bfloat16, enabled=reduced):
                loss = network(photos).square().mean()
            loss.backward()
            optimizer.step()

        def embed():
            with torch.inference_mode(), torch.autocast(device, dtype=torch.bfloat16, enabled=reduced):
                scaled = chips.to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous(memory_format=layout)
                torch.nn.functional.normalize(network(scaled))

        network.train(what == "train")
        try:
            best = max(best, best_rate(seconds / 2, batch, train if what == "train" else embed, device))
        except RuntimeError as problem:  # MobileNetV2's ReLU6 has no gradient in bfloat16 there
            print(problem, file=sys.stderr)
    print(f"{best:.2f}")


main()
