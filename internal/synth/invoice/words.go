package invoice

// words are the labels printed on invoices of one language: each with its
// synonyms, the usual one first. A vendor keeps to the ones it has chosen.
type words struct {
	title, creditTitle, number, date, due, order, billTo, taxID []string
	item, net, tax, total, period, thanks, terms                []string
}

var vocabulary = map[string]words{
	"de": {
		title: []string{"Rechnung", "RECHNUNG", "Faktura"}, creditTitle: []string{"Gutschrift", "Rechnungskorrektur"},
		number: []string{"Rechnungsnummer", "Rechnung Nr.", "Rechnungs-Nr.", "Belegnummer"},
		date:   []string{"Rechnungsdatum", "Datum", "Belegdatum"},
		due:    []string{"Fällig am", "Zahlbar bis", "Fälligkeitsdatum", "Zahlungsziel"},
		order:  []string{"Bestellnummer", "Ihre Bestellung", "Best.-Nr.", "Ihr Auftrag"},
		billTo: []string{"Rechnung an", "Rechnungsempfänger", "An"}, taxID: []string{"USt-IdNr.", "USt-ID", "UID-Nr."},
		item: []string{"Pos. Bezeichnung Menge Preis Betrag"}, net: []string{"Nettobetrag", "Summe netto", "Zwischensumme"},
		tax: []string{"MwSt.", "USt.", "Umsatzsteuer"}, total: []string{"Gesamtbetrag", "Rechnungsbetrag", "Zahlbetrag", "Endsumme", "Zu zahlen"},
		period: []string{"Leistungszeitraum", "Lieferdatum"}, thanks: []string{"Vielen Dank für Ihren Auftrag.", "Wir danken für die gute Zusammenarbeit.", "Mit freundlichen Grüßen"},
		terms: []string{"Zahlbar ohne Abzug.", "2 % Skonto bei Zahlung innerhalb von 10 Tagen.", "Es gelten unsere AGB."},
	},
	"en": {
		title: []string{"Invoice", "INVOICE", "Tax Invoice"}, creditTitle: []string{"Credit note", "CREDIT MEMO"},
		number: []string{"Invoice number", "Invoice No.", "Invoice #", "Document no."},
		date:   []string{"Invoice date", "Date", "Issued"},
		due:    []string{"Due date", "Payment due", "Pay by", "Due"},
		order:  []string{"PO number", "Your order", "Purchase order", "Order ref"},
		billTo: []string{"Bill to", "Invoice to", "Sold to"}, taxID: []string{"VAT No.", "VAT Reg", "Tax ID"},
		item: []string{"Description Qty Unit Amount"}, net: []string{"Net amount", "Subtotal", "Total excl. tax"},
		tax: []string{"VAT", "Tax", "Sales tax"}, total: []string{"Total", "Amount due", "Grand total", "Balance due", "Please pay"},
		period: []string{"Service period", "Delivery date"}, thanks: []string{"Thank you for your business.", "With kind regards", "Questions? Call accounts receivable."},
		terms: []string{"Payment without deduction.", "2% discount if paid within 10 days.", "Our terms and conditions apply."},
	},
	"fr": {
		title: []string{"Facture", "FACTURE"}, creditTitle: []string{"Avoir", "Note de crédit"},
		number: []string{"Numéro de facture", "Facture n°", "N° facture"},
		date:   []string{"Date de facture", "Date", "Émise le"},
		due:    []string{"Échéance", "Date d'échéance", "À payer avant le"},
		order:  []string{"Votre commande", "N° de commande", "Bon de commande"},
		billTo: []string{"Facturé à", "Client", "Adresse de facturation"}, taxID: []string{"N° TVA", "TVA intracom.", "TVA"},
		item: []string{"Désignation Qté PU Montant"}, net: []string{"Total HT", "Montant HT", "Sous-total"},
		tax: []string{"TVA", "Taxe"}, total: []string{"Total TTC", "Montant TTC", "Net à payer", "Montant à régler"},
		period: []string{"Période", "Date de livraison"}, thanks: []string{"Merci de votre confiance.", "Cordialement"},
		terms: []string{"Paiement sans escompte.", "Escompte de 2 % sous 10 jours.", "Voir nos conditions générales."},
	},
	"nl": {
		title: []string{"Factuur", "FACTUUR"}, creditTitle: []string{"Creditnota", "Creditfactuur"},
		number: []string{"Factuurnummer", "Factuurnr.", "Nummer"},
		date:   []string{"Factuurdatum", "Datum"},
		due:    []string{"Vervaldatum", "Te betalen voor", "Uiterste betaaldatum"},
		order:  []string{"Uw bestelling", "Ordernummer", "Inkooporder"},
		billTo: []string{"Factuur aan", "Debiteur"}, taxID: []string{"BTW-nr.", "BTW nummer"},
		item: []string{"Omschrijving Aantal Prijs Bedrag"}, net: []string{"Bedrag excl. btw", "Subtotaal", "Netto"},
		tax: []string{"BTW"}, total: []string{"Totaal incl. btw", "Totaalbedrag", "Te betalen", "Factuurbedrag"},
		period: []string{"Periode", "Leverdatum"}, thanks: []string{"Dank voor uw opdracht.", "Met vriendelijke groet"},
		terms: []string{"Betaling zonder korting.", "2% korting bij betaling binnen 10 dagen.", "Onze voorwaarden zijn van toepassing."},
	},
	"es": {
		title: []string{"Factura", "FACTURA"}, creditTitle: []string{"Factura rectificativa", "Nota de abono"},
		number: []string{"Número de factura", "Factura n.º", "N.º factura"},
		date:   []string{"Fecha de factura", "Fecha"},
		due:    []string{"Vencimiento", "Fecha de vencimiento"},
		order:  []string{"Su pedido", "N.º de pedido", "Pedido"},
		billTo: []string{"Facturar a", "Cliente"}, taxID: []string{"NIF", "CIF"},
		item: []string{"Descripción Cant. Precio Importe"}, net: []string{"Base imponible", "Subtotal"},
		tax: []string{"IVA"}, total: []string{"Total factura", "Importe total", "Total a pagar"},
		period: []string{"Periodo", "Fecha de entrega"}, thanks: []string{"Gracias por su confianza.", "Un cordial saludo"},
		terms: []string{"Pago sin descuento.", "2 % de descuento por pago en 10 días.", "Se aplican nuestras condiciones."},
	},
}

// goods are the things sold, per language; the first half are services.
var goods = map[string][]string{
	"de": {"Wartung Anlage", "Reinigung Halle", "Miete Stapler", "Schulung Mitarbeiter", "Schrauben M8 verzinkt", "Stahlrohr DN50", "Kugellager 6204", "Hydrauliköl 20 l"},
	"en": {"Maintenance visit", "Site cleaning", "Forklift rental", "Staff training", "Hex bolts M8", "Steel pipe DN50", "Ball bearing 6204", "Hydraulic oil 20 l"},
	"fr": {"Maintenance", "Nettoyage du site", "Location chariot", "Formation", "Vis M8 zinguées", "Tube acier DN50", "Roulement 6204", "Huile hydraulique 20 l"},
	"nl": {"Onderhoud installatie", "Schoonmaak hal", "Huur heftruck", "Opleiding", "Bouten M8", "Stalen buis DN50", "Kogellager 6204", "Hydrauliekolie 20 l"},
	"es": {"Mantenimiento", "Limpieza nave", "Alquiler carretilla", "Formación", "Tornillos M8", "Tubo acero DN50", "Rodamiento 6204", "Aceite hidráulico 20 l"},
}

// dateStyles are the date orders in use per language, the usual one first.
var dateStyles = map[string][]string{
	"de": {"02.01.2006", "2.1.2006", "long", "02.01.06"},
	"en": {"02/01/2006", "2006-01-02", "long", "02-01-2006"},
	"fr": {"02/01/2006", "long", "02-01-2006"},
	"nl": {"02-01-2006", "2006-01-02", "long"},
	"es": {"02/01/2006", "long", "02-01-2006"},
}
