"""Words that are too common to tell who somebody is, without accents, as they are compared."""

_PARTICLES = "da das de del della der di do dos du e van von y"
_WORDS = """
a ao aos as com em la las los na nas no nos o os para pela pelo por que sem sob um uma umas uns

agora ainda ali amanha antes aqui assim ate bem boa boas bom bons cada certo como conosco contigo depois
deus dia dias ela elas ele eles entao era essa esse esta estao estar estou eu favor fazer fica foi gente
grata grato haja hoje hora horas isso ja la mais mas meu meus mes meses minha minhas momento muito muita
nada nao noite nome nos nossa nosso obrigada obrigado oi ok ola ontem ou outra outro pode podemos posso pra
prazo pronta pronto qual quando quem sao se segue seja sempre ser sera seu seus sim sobre somos sou sua suas
tarde te tem temos tenho ter teu toda todo todos tudo tua ultimo vai vamos vez voce voces vou

acesso ajuda ajudar aguarde analise analista assunto atendente atendimento atraso aviso banco boleto
cadastro caixa cancelamento cartao cidade cliente clientes codigo compra comprovante conta contato conversa
cpf credito dados debito desconto devolucao documento duvida email empresa endereco entrega entregas equipe
estado estorno falar fatura financeiro frete garantia informacao ligar loja mensagem motivo nota numero
pagamento parcela pedido pedidos pix plano problema produto produtos protocolo rastreio reclamacao recebido
reembolso resposta servico site solicitacao suporte telefone tipo troca vale valor venda vendas whatsapp

false none null true undefined ltda eireli
"""

PARTICLES = frozenset(_PARTICLES.split())
"""What stands between the words of a name."""

COMMON_WORDS = PARTICLES | frozenset(_WORDS.split())
