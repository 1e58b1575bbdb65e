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
            "não acho mais {picture}", "você viu {picture}?", "quero rever {picture}",
            "cadê {picture}?",
        ),
        "find_text": (
            "encontre {note}", "onde está {note}?", "eu queria ler {note}", "consulte {note}",
            "o que foi que eu escrevi sobre isto: {topic}", "não consigo encontrar {note}",
            "busque isto nas minhas notas: {topic}", "traga {count} notas sobre o tema {topic}",
            "o senhor consegue localizar {note}?", "será que ainda tenho {note}?",
            "onde será que foi parar {note}?", "leia {note} para mim",
            "o que dizem as minhas notas sobre isto: {topic}", "recupere {note}",
        ),
        "compare": (
            "compare {thing} com a anterior", "como {thing} se diferencia das outras?",
            "coloque {thing} ao lado da mais recente",
            "será que {thing} é melhor que a versão antiga?",
            "diga o que {thing} tem de diferente", "confronte {thing} com a nova versão",
            "verifique se {thing} mudou desde a última versão",
            "poderia comparar {thing} com o resto?",
            "{thing} mudou em relação à versão antiga?", "qual é melhor, {thing} ou a nova?",
            "quero comparar {thing} com a versão de antes",
            "que diferença há entre {thing} e a última?",
            "veja se {thing} se parece com a original",
        ),
        "open": (
            "abra {thing}", "dá para abrir {thing}?", "coloque {thing} na tela",
            "abra {thing} em outra janela", "quero ter {thing} na minha frente",
            "queira abrir {thing}, por gentileza", "carregue {thing}",
            "mostre {thing} em tela cheia",
            "quero abrir {thing}", "traga {thing} para a frente", "tem como abrir {thing} aqui?",
            "deixe {thing} aberta", "poderia abrir {thing} para mim?",
        ),
        "share": (
            "mande {thing} para {person}", "compartilhe {thing} com {person}",
            "dá para enviar {thing} para {person}?", "encaminhe {thing} para {person}",
            "envie {thing} para {person} {when}", "passe {thing} para {person}",
            "quero que {person} receba {thing}", "poderia repassar {thing} para {person}?",
            "prometi {thing} para {person}", "mostre {thing} para {person}",
            "faça {thing} chegar até {person}", "é preciso mandar {thing} para {person}",
            "o senhor pode enviar {thing} para {person}?",
        ),
        "delete": (
            "apague {thing}", "exclua {thing}", "jogue {thing} na lixeira",
            "não quero mais {thing}", "dá para apagar {thing}?", "remova {thing} de vez",
            "pode eliminar {thing}", "o senhor pode excluir {thing}?",
            "não preciso mais guardar {thing}", "tire {thing} do meu celular",
            "{thing} já pode sumir", "será que você apaga {thing}?",
            "poderia remover {thing} para sempre?",
        ),
        "count": (
            "quantas {things} eu tenho?", "conte as {things}", "diga quantas {things} existem",
            "quantas {things} há no total?", "tenho mais de {count} {things}?",
            "são mesmo {count} {things}?", "quero saber quantas {things} foram salvas",
            "poderia contar as {things}?",
            "quantas {things} ainda restam?", "faça a conta: quantas {things} eu tenho?",
            "será que tenho {count} {things}?", "qual é o número exato de {things}?",
            "gostaria de saber quantas {things} guardei",
        ),
        "set_reminder": (
            "me lembre {when} de olhar {thing}", "crie um lembrete {when} para rever {thing}",
            "{when} tenho que revisar {thing}, me avise", "não me deixe esquecer {thing} {when}",
            "me avise {when} para ver {thing}", "anote na agenda que {when} preciso abrir {thing}",
            "me acorde {when}, preciso terminar {thing}",
            "poderia me lembrar {when} de conferir {thing}?",
            "{when} quero ver {thing}, me diga", "não posso esquecer {thing} {when}",
            "me mande um aviso {when} para abrir {thing}",
            "fique de me avisar {when} sobre {thing}",
            "poderia me avisar {when} que devo ver {thing}?",
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
        "Boa noite!", "um favor:", "a propósito,", "Sou eu de novo.",
    ),
    fillers=(
        "hum,", "bem,", "quer dizer,", "peraí,", "como eu disse,", "na verdade,", "sabe,",
        "se não for incômodo,", "deixe-me pensar,", "é o seguinte:",
        "como posso dizer,", "pensando bem,",
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
        "Agradeço muito!", "se não for pedir demais",
    ),
    chatter=(
        "Meu celular está quase sem bateria.", "Está chovendo há dias.",
        "O café daqui é horrível.", "Estou acordado desde as cinco.",
        "As crianças estão gritando de novo.", "Meu ônibus está atrasado outra vez.",
        "Semana passada perdi meus óculos na estação.", "Meu irmão comprou um sofá verde.",
        "Tem três gatos embaixo da árvore.", "Eu sei que pergunto demais.",
    ),
)  # fmt: skip
