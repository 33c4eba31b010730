# Ein kleines neuronales Netz, alles von Hand
import math

daten = [[0.0, 1.0, 0.9], [1.0, 0.0, 0.1], [0.5, 0.7, 0.6]]
gewicht1, gewicht2, gewicht3, gewicht4 = 0.3, -0.1, 0.5, 0.2
gewicht5, gewicht6 = 0.6, -0.4
lernrate = 0.25


def aktivierung(netz):
    return 1 / (1 + math.exp(-netz))


for durchlauf in range(20):
    fehlersumme = 0
    for eingabe1, eingabe2, soll in daten:
        versteckt1 = aktivierung(eingabe1 * gewicht1 + eingabe2 * gewicht2)
        versteckt2 = aktivierung(eingabe1 * gewicht3 + eingabe2 * gewicht4)
        ausgabe = aktivierung(versteckt1 * gewicht5 + versteckt2 * gewicht6)
        fehler = (soll - ausgabe) ** 2 / 2
        fehlersumme += fehler

        delta = (ausgabe - soll) * ausgabe * (1 - ausgabe)
        neu5 = gewicht5 - lernrate * delta * versteckt1
        neu6 = gewicht6 - lernrate * delta * versteckt2
        neu1 = gewicht1 - lernrate * delta * gewicht5 * versteckt1 * (1 - versteckt1) * eingabe1
        neu2 = gewicht2 - lernrate * delta * gewicht5 * versteckt1 * (1 - versteckt1) * eingabe2
        neu3 = gewicht3 - lernrate * delta * gewicht6 * versteckt2 * (1 - versteckt2) * eingabe1
        neu4 = gewicht4 - lernrate * delta * gewicht6 * versteckt2 * (1 - versteckt2) * eingabe2

        gewicht1, gewicht2, gewicht3 = neu1, neu2, neu3
        gewicht4, gewicht5, gewicht6 = neu4, neu5, neu6
    print("Durchlauf", durchlauf, "Fehler:", fehlersumme)
