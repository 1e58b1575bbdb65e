"""Portuguese: carriers follow verbs or "com" alone, with which their article never contracts."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="pt",
    quotes=("“", "”"),
    formal=("poderia", "o senhor", "Com licença", "queira "),
    informal=("Oi", "olha,", "tá,", "sabe,", "Valeu", "peraí", "Esquece", "Deixa"),
    carriers={
        "picture": (
            "a foto {object}", "a imagem intitulada {object}", "a foto que se chama {object}",
            "a imagem {object} {time}", "a foto {object} tirada {place}", "a imagem {object}",
            "a foto {object} {time} tirada {place}", "a imagem com o título {object}",
        ),
        "pictures": (
            "fotos com o título {object}", "imagens sobre o tema {object}",
            "fotos {time} intituladas {object}", "imagens chamadas {object}",
        ),
        "note": (
            "a nota sobre o tema {object}", "a página intitulada {object}", "a história {object}",
            "a nota {object} {time}", "a página {object} escrita {place}",
            "a nota que se chama {object}",
        ),
        "notes": (
            "notas sobre o tema {object}", "páginas com o título {object}",
            "notas {time} intituladas {object}", "histórias chamadas {object}",
        ),
    },
    frames={
        "find_picture": (
            "mostre {picture}", "procure {picture} para mim", "estou procurando {picture}",
            "onde foi que eu coloquei {picture}?", "dá para achar {picture}?",
            "preciso de uma foto disto: {object}", "quero ver {picture}",
            "quero ver {count} fotos com o título {object}", "tire {picture} da galeria",
            "poderia me mostrar {picture}?",
        ),
        "find_text": (
            "encontre {note}", "onde está {note}?", "eu queria ler {note}", "consulte {note}",
            "o que foi que eu escrevi sobre isto: {topic}", "não consigo encontrar {note}",
            "busque isto nas minhas notas: {topic}", "traga {count} notas sobre o tema {topic}",
            "o senhor consegue localizar {note}?", "será que ainda tenho {note}?",
        ),
        "compare": (
            "compare {thing} com a anterior", "como {thing} se diferencia das outras?",
            "coloque {thing} ao lado da mais recente",
            "será que {thing} é melhor que a versão antiga?",
            "diga o que {thing} tem de diferente", "confronte {thing} com a nova versão",
            "verifique se {thing} mudou desde a última versão",
            "poderia comparar {thing} com o resto?",
        ),
        "open": (
            "abra {thing}", "dá para abrir {thing}?", "coloque {thing} na tela",
            "abra {thing} em outra janela", "quero ter {thing} na minha frente",
            "queira abrir {thing}, por gentileza", "carregue {thing}",
            "mostre {thing} em tela cheia",
        ),
        "share": (
            "mande {thing} para {person}", "compartilhe {thing} com {person}",
            "dá para enviar {thing} para {person}?", "encaminhe {thing} para {person}",
            "envie {thing} para {person} {when}", "passe {thing} para {person}",
            "quero que {person} receba {thing}", "poderia repassar {thing} para {person}?",
        ),
        "delete": (
            "apague {thing}", "exclua {thing}", "jogue {thing} na lixeira",
            "não quero mais {thing}", "dá para apagar {thing}?", "remova {thing} de vez",
            "pode eliminar {thing}", "o senhor pode excluir {thing}?",
        ),
        "count": (
            "quantas {things} eu tenho?", "conte as {things}", "diga quantas {things} existem",
            "quantas {things} há no total?", "tenho mais de {count} {things}?",
            "são mesmo {count} {things}?", "quero saber quantas {things} foram salvas",
            "poderia contar as {things}?",
        ),
        "set_reminder": (
            "me lembre {when} de olhar {thing}", "crie um lembrete {when} para rever {thing}",
            "{when} tenho que revisar {thing}, me avise", "não me deixe esquecer {thing} {when}",
            "me avise {when} para ver {thing}", "anote na agenda que {when} preciso abrir {thing}",
            "me acorde {when}, preciso terminar {thing}",
            "poderia me lembrar {when} de conferir {thing}?",
        ),
    },
    times=(
        "de ontem", "da semana passada", "do mês passado", "de dois dias atrás",
        "do verão passado", "de hoje de manhã", "de sexta-feira", "de março", "do Natal",
        "de anteontem",
    ),
    whens=(
        "amanhã", "hoje à noite às sete", "na próxima segunda", "daqui a uma hora",
        "no domingo de manhã", "amanhã ao meio-dia", "em duas semanas", "no dia 3 de maio",
        "às 8h30", "antes do almoço",
    ),
    places=(
        "no escritório", "em Paris", "na escola", "na praia", "na estação", "na cozinha",
        "na casa da vovó", "no trem", "no parque", "na biblioteca",
    ),
    persons=(
        "Ana", "minha irmã", "Dona Lúcia", "meus colegas", "mamãe", "minha chefe", "Omar",
        "nossa professora", "João", "os vizinhos",
    ),
    counts=("duas", "três", "cinco", "dez", "4", "6", "doze", "20"),
    openers=(
        "Oi!", "Olá!", "Bom dia!", "por favor,", "olha,", "bom, então", "desculpe,",
        "se der tempo,", "tá,", "Com licença.", "escute,", "Mais uma coisa.",
    ),
    fillers=(
        "hum,", "bem,", "quer dizer,", "peraí,", "como eu disse,", "na verdade,", "sabe,",
        "se não for incômodo,", "deixe-me pensar,", "é o seguinte:",
    ),
    distractors=(
        "Não é {other}.", "{other} eu já tenho.", "Não estou falando disto: {other}.",
        "Da última vez veio {other}.", "Deixa {other} como está.", "Esquece {other}.",
        "{other} é outra coisa.", "Não confunda com {other}.", "Não tem a ver com {other}.",
        "{other} já foi resolvido.",
    ),
    closers=(
        "Obrigado!", "Muito obrigada!", "por favor", "se possível", "Sem pressa.", "Valeu!",
        "Agradeço desde já.", "o quanto antes", "Seria ótimo.", "quando der",
    ),
    chatter=(
        "Meu celular está quase sem bateria.", "Está chovendo há dias.",
        "O café daqui é horrível.", "Estou acordado desde as cinco.",
        "As crianças estão gritando de novo.", "Meu ônibus está atrasado outra vez.",
        "Semana passada perdi meus óculos na estação.", "Meu irmão comprou um sofá verde.",
        "Tem três gatos embaixo da árvore.", "Eu sei que pergunto demais.",
    ),
)  # fmt: skip
