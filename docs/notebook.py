# %% [markdown] lang="zh"
# # 动手实验 {#notebook}

# %% [markdown] lang="en"
# # Try it yourself {#notebook}

# %%
import torch

print(torch.ones(2))
