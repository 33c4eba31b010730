import numpy as np


class RedNeuronal:
    def __init__(self, entradas, ocultas):
        np.random.seed(8)
        self.pesos1 = np.random.randn(ocultas, entradas)
        self.sesgo1 = np.zeros((ocultas, 1))
        self.pesos2 = np.random.randn(1, ocultas)
        self.sesgo2 = np.zeros((1, 1))

    def propagar(self, X):
        oculta = np.tanh(self.pesos1 @ X + self.sesgo1)
        salida = 1 / (1 + np.exp(-(self.pesos2 @ oculta + self.sesgo2)))
        return oculta, salida

    def entrenar(self, X, Y, tasa=0.5, epocas=100):
        m = X.shape[1]
        for epoca in range(epocas):
            oculta, salida = self.propagar(X)
            # retropropagación
            delta2 = salida - Y
            delta1 = (self.pesos2.T @ delta2) * (1 - oculta ** 2)
            self.pesos2 = self.pesos2 - tasa * delta2 @ oculta.T / m
            self.sesgo2 = self.sesgo2 - tasa * delta2.sum(axis=1, keepdims=True) / m
            self.pesos1 = self.pesos1 - tasa * delta1 @ X.T / m
            self.sesgo1 = self.sesgo1 - tasa * delta1.sum(axis=1, keepdims=True) / m
            if epoca % 20 == 0:
                print("época", epoca, "ECM:", np.mean((Y - salida) ** 2))


X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
Y = np.array([[0, 1, 1, 0]])
RedNeuronal(2, 4).entrenar(X, Y)
