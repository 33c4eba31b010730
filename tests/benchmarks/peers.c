/* The two works by hand in C: plain loops over doubles, sizes fixed when compiled. */

#include <math.h>

#ifndef INPUTS
#define INPUTS 2
#define HIDDEN1 16
#define HIDDEN2 16
#define SAMPLES 100
#endif

/* ---- moons: INPUTS-HIDDEN1-HIDDEN2-1, relu, hinge + L2, full batch ---------------------------- */

typedef struct { /* weights[i][j] leads from input i to neuron j, so that the inner loops run along j */
    double w1[INPUTS][HIDDEN1], b1[HIDDEN1];
    double w2[HIDDEN1][HIDDEN2], b2[HIDDEN2];
    double w3[HIDDEN2], b3;
} Network;

enum { PARAMETERS = sizeof(Network) / sizeof(double) };

double moons_gradients(const double *restrict parameters, const double x[SAMPLES][INPUTS],
                       const double *restrict y, double l2, double *restrict gradients)
{
    const Network *restrict p = (const Network *)parameters;
    Network *restrict g = (Network *)gradients;
    double loss = 0;
    for (int k = 0; k < PARAMETERS; k++) {
        loss += l2 * parameters[k] * parameters[k];
        gradients[k] = 2 * l2 * parameters[k];
    }
    for (int s = 0; s < SAMPLES; s++) {
        double h1[HIDDEN1], h2[HIDDEN2], delta1[HIDDEN1], delta2[HIDDEN2], score = p->b3;
        for (int j = 0; j < HIDDEN1; j++) h1[j] = p->b1[j];
        for (int i = 0; i < INPUTS; i++)
            for (int j = 0; j < HIDDEN1; j++) h1[j] += x[s][i] * p->w1[i][j];
        for (int j = 0; j < HIDDEN1; j++) h1[j] = h1[j] > 0 ? h1[j] : 0;
        for (int j = 0; j < HIDDEN2; j++) h2[j] = p->b2[j];
        for (int i = 0; i < HIDDEN1; i++)
            for (int j = 0; j < HIDDEN2; j++) h2[j] += h1[i] * p->w2[i][j];
        for (int j = 0; j < HIDDEN2; j++) h2[j] = h2[j] > 0 ? h2[j] : 0;
        for (int j = 0; j < HIDDEN2; j++) score += h2[j] * p->w3[j];

        double margin = 1 - y[s] * score;
        double delta3 = margin > 0 ? -y[s] / SAMPLES : 0;
        loss += margin > 0 ? margin / SAMPLES : 0;

        g->b3 += delta3;
        for (int j = 0; j < HIDDEN2; j++) g->w3[j] += delta3 * h2[j];
        for (int j = 0; j < HIDDEN2; j++) delta2[j] = h2[j] > 0 ? delta3 * p->w3[j] : 0;
        for (int j = 0; j < HIDDEN2; j++) g->b2[j] += delta2[j];
        for (int i = 0; i < HIDDEN1; i++) {
            double sum = 0;
            for (int j = 0; j < HIDDEN2; j++) {
                g->w2[i][j] += h1[i] * delta2[j];
                sum += p->w2[i][j] * delta2[j];
            }
            delta1[i] = h1[i] > 0 ? sum : 0;
        }
        for (int j = 0; j < HIDDEN1; j++) g->b1[j] += delta1[j];
        for (int i = 0; i < INPUTS; i++)
            for (int j = 0; j < HIDDEN1; j++) g->w1[i][j] += x[s][i] * delta1[j];
    }
    return loss;
}

double moons_run(double *parameters, const double x[SAMPLES][INPUTS], const double *y, double l2, double lr,
                 int steps)
{
    double gradients[PARAMETERS], losses = 0;
    while (steps-- > 0) {
        losses += moons_gradients(parameters, x, y, l2, gradients);
        for (int k = 0; k < PARAMETERS; k++) parameters[k] -= lr * gradients[k];
    }
    return losses;
}

/* ---- seed: 2-2-1, sigmoid, binary cross-entropy, a sample a step; p = w1 w2 b1 w3 w4 b2 w5 w6 b3 ---- */

static double sigmoid(double z) { return 1 / (1 + exp(-z)); }

double seed_gradients(const double *p, const double *x, double y, double *g)
{
    double h1 = sigmoid(p[0] * x[0] + p[1] * x[1] + p[2]);
    double h2 = sigmoid(p[3] * x[0] + p[4] * x[1] + p[5]);
    double y_hat = sigmoid(p[6] * h1 + p[7] * h2 + p[8]);
    double delta3 = y_hat - y;
    double delta1 = delta3 * p[6] * h1 * (1 - h1);
    double delta2 = delta3 * p[7] * h2 * (1 - h2);
    g[0] = delta1 * x[0], g[1] = delta1 * x[1], g[2] = delta1;
    g[3] = delta2 * x[0], g[4] = delta2 * x[1], g[5] = delta2;
    g[6] = delta3 * h1, g[7] = delta3 * h2, g[8] = delta3;
    return -(y * log(y_hat) + (1 - y) * log(1 - y_hat));
}

double seed_run(double *p, const double x[][2], const double *y, int samples, double lr, int steps)
{
    double g[9], losses = 0;
    for (int step = 0, s = 0; step < steps; step++, s = s + 1 < samples ? s + 1 : 0) {
        losses += seed_gradients(p, x[s], y[s], g);
        for (int k = 0; k < 9; k++) p[k] -= lr * g[k];
    }
    return losses;
}
