"""Mistakes that are made elsewhere than in the backward pass of a network: in a program, in time, in a mean."""

from autograd.textbook.mistake import Mistake, only_in

A_STEP = only_in("an update, which a program or a step shows")
IN_TIME = only_in("a recurrent network, unrolled in time")
A_MEAN = only_in("a mean, which is looked for in any graph")
A_PENALTY = only_in("a penalty, which is looked for by itself")
A_PROGRAM = only_in("a program's forward pass or data")

ELSEWHERE = (
    Mistake(
        "wrong-base",
        "the update starts from another parameter",
        "subtract lr times the gradient from the parameter itself",
        A_STEP,
    ),
    Mistake(
        "not-updated",
        "the parameter never moves",
        "update every parameter, biases too",
        A_STEP,
    ),
    Mistake(
        "learning-rate",
        "the step is taken with another learning rate",
        "use the learning rate that was meant",
        A_STEP,
    ),
    Mistake(
        "learning-rate-varies",
        "some parameters are moved with another learning rate",
        "use one learning rate for all parameters, or audit each group with its own",
        A_STEP,
    ),
    Mistake(
        "loss-at-every-step",
        "the loss is at the last step alone, and so is its gradient",
        "hand in the gradient of the loss at the steps that have one",
        IN_TIME,
    ),
    Mistake(
        "slope-bypassed",
        "what comes from the next step is added behind the slope instead of before it",
        "add what comes from the next step to ∂L/∂h, before the slope",
        IN_TIME,
    ),
    Mistake(
        "recurrent-transposed",
        "back in time δ is carried by the transposed matrix",
        "carry δ back by W as it stands in the forward pass, turned once",
        IN_TIME,
    ),
    Mistake(
        "dropout-scale",
        "the mask or its scale is not that of the forward pass",
        "multiply δ by the very mask of the forward pass, with its scale",
        A_PROGRAM,
    ),
    Mistake(
        "storage-order",
        "it is written in one order and read in another",
        "read the weights in the order in which they were written",
        A_PROGRAM,
    ),
    Mistake(
        "regulariser",
        "the penalty is in the loss and not in the gradient, or the other way round",
        "add the slope of the penalty, 2λw of λw², to the gradients of the parameters that it has",
        A_PENALTY,
    ),
    Mistake(
        "penalty-left-out",
        "the penalty is in the loss and not in the gradient",
        "add the slope of the penalty to each gradient: 2λw of λw²",
        A_PENALTY,
    ),
    Mistake(
        "penalty-scaled",
        "the slope of the penalty is taken so many times",
        "add the slope of the penalty once: 2λw of λw²",
        A_PENALTY,
    ),
    Mistake(
        "divided-by-n-minus-one",
        "it is divided by N - 1; the mean of the loss is over N",
        "divide by N, the number of terms, as the loss does; N - 1 belongs to the estimate of a variance",
        A_MEAN,
    ),
    Mistake(
        "held-constant",
        "mean and variance are taken for constants",
        "mean and variance are made of the same numbers: what goes through them belongs to the gradient too",
        A_MEAN,
    ),
)
