hours = [1.0, 2.0, 2.5, 3.5, 4.0, 5.5, 6.0, 7.0]
marks = [12.0, 25.0, 27.0, 41.0, 44.0, 60.0, 66.0, 75.0]
n = len(hours)

slope = 0.0
intercept = 0.0
lr = 0.01

for step in range(100):
    cost = 0.0
    g_slope = 0.0
    g_intercept = 0.0
    for i in range(n):
        predicted = slope * hours[i] + intercept
        residual = predicted - marks[i]
        cost += residual ** 2 / n
        g_slope += 2 * residual * hours[i] / n
        g_intercept += 2 * residual / n
    new_slope = slope - lr * g_slope
    new_intercept = intercept - lr * g_intercept
    slope = new_slope
    intercept = new_intercept
    lr = lr * 0.995
    if step % 20 == 0:
        print("step", step, "cost", cost)
print(slope, intercept)
