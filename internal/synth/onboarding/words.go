package onboarding

// words are what papers of one language are headed with and say.
type words struct {
	Identity, Family, Given, Born, Number, Expires  string
	Bill, Date, BillLine, BankLetter, Lease         string
	Owners, Attorney, Certificate, Licence          string
	issuers, holdings                               []string
	covers, coversNot, granted, pending, wed, flyer []string // {a} and {b} are names
	form                                            [12]string
	dateStyle, perMonth, perYear, thousand          string
}

// The labels of our own web form, in order: company, registry number, seat,
// applicant, born, mail, phone, sector, turnover, users, plan, message.
var vocabulary = map[string]words{
	"de": {
		Identity: "PERSONALAUSWEIS", Family: "Name", Given: "Vornamen", Born: "Geburtsdatum", Number: "Ausweisnummer", Expires: "Gültig bis",
		Bill: "Stromrechnung", Date: "Datum", BillLine: "Lieferstelle wie oben, Abschlag wird abgebucht.", BankLetter: "Adressbestätigung zur Vorlage", Lease: "Mietvertrag",
		Owners: "Gesellschafterliste", Attorney: "VOLLMACHT", Certificate: "Eheurkunde", Licence: "Bescheid",
		issuers: []string{"Stadtwerke", "Energie Direkt", "Volksbank", "Immobilien Berger"}, holdings: []string{"Nordstern Holding Ltd", "Treuhand Invest AG", "Stiftung Lindenhof"},
		covers:    []string{"Hiermit bevollmächtige ich {a}, für die Gesellschaft Konten zu eröffnen. {b}", "{b} erteilt {a} Einzelvollmacht für alle Bankgeschäfte."},
		coversNot: []string{"{a} darf Postsendungen für {b} entgegennehmen.", "{b} bevollmächtigt {a}, das Fahrzeug zuzulassen.", "Vollmacht vom Vorjahr, widerrufen. {b}, {a}"},
		granted:   []string{"Die Erlaubnis wird erteilt, Aktenzeichen {n}.", "Gewerbeerlaubnis Nr. {n}, unbefristet."},
		pending:   []string{"Ihr Antrag {n} ist eingegangen und wird geprüft.", "Zu {n}: Unterlagen unvollständig, eine Erlaubnis besteht noch nicht."},
		wed:       []string{"Es wird bescheinigt, dass {a} nun den Namen {b} führt.", "{a} und der Ehegatte führen den Ehenamen {b}."},
		flyer:     []string{"Speisekarte Frühling: Suppe 5,90, Salat 7,50", "Unser Angebot: 10 % für Neukunden", "Organigramm, Stand März"},
		form:      [12]string{"Firma", "Registernummer", "Sitz", "Antragsteller", "Geburtsdatum", "E-Mail", "Telefon", "Branche", "Umsatz", "Nutzer", "Tarif", "Nachricht"},
		dateStyle: "02.01.2006", perMonth: "im Monat", perYear: "im Jahr", thousand: "Tsd. EUR",
	},
	"en": {
		Identity: "IDENTITY CARD", Family: "Surname", Given: "Given names", Born: "Date of birth", Number: "Card number", Expires: "Expires",
		Bill: "Electricity bill", Date: "Date", BillLine: "Supply address as above, paid by direct debit.", BankLetter: "Confirmation of address", Lease: "Lease",
		Owners: "List of shareholders", Attorney: "POWER OF ATTORNEY", Certificate: "Marriage certificate", Licence: "Notice",
		issuers: []string{"Northern Power", "Clear Energy", "County Bank", "Harbour Estates"}, holdings: []string{"Blue Harbour Holdings Ltd", "Fairway Trust", "Orchard Nominees Ltd"},
		covers:    []string{"I authorise {a} to open accounts for the company. {b}", "{b} grants {a} full authority in all banking matters."},
		coversNot: []string{"{a} may collect parcels on behalf of {b}.", "{b} authorises {a} to register the vehicle.", "Last year's authority of {a} is revoked. {b}"},
		granted:   []string{"The licence is granted, reference {n}.", "Licence no. {n}, without limit of time."},
		pending:   []string{"Your application {n} has been received and is under review.", "On {n}: papers incomplete, no licence exists yet."},
		wed:       []string{"This is to certify that {a} now bears the name {b}.", "{a} and spouse bear the name {b}."},
		flyer:     []string{"Spring menu: soup 5.90, salad 7.50", "Our offer: 10% for new customers", "Organisation chart as of March"},
		form:      [12]string{"Company", "Registration number", "Registered office", "Applicant", "Date of birth", "Email", "Phone", "Sector", "Turnover", "Users", "Plan", "Message"},
		dateStyle: "02/01/2006", perMonth: "a month", perYear: "a year", thousand: "k EUR",
	},
	"fr": {
		Identity: "CARTE NATIONALE D'IDENTITÉ", Family: "Nom", Given: "Prénoms", Born: "Né(e) le", Number: "N° de carte", Expires: "Expire le",
		Bill: "Facture d'électricité", Date: "Date", BillLine: "Lieu de livraison ci-dessus, prélèvement automatique.", BankLetter: "Attestation de domicile", Lease: "Bail commercial",
		Owners: "Liste des associés", Attorney: "PROCURATION", Certificate: "Acte de mariage", Licence: "Décision",
		issuers: []string{"Énergie du Rhône", "Lumière Directe", "Banque Régionale", "Immobilière du Parc"}, holdings: []string{"Étoile Holding SA", "Fiduciaire du Lac", "Fondation Belair"},
		covers:    []string{"Je donne pouvoir à {a} d'ouvrir des comptes pour la société. {b}", "{b} donne procuration générale bancaire à {a}."},
		coversNot: []string{"{a} peut retirer les colis de {b}.", "{b} autorise {a} à immatriculer le véhicule."},
		granted:   []string{"L'agrément est accordé, référence {n}.", "Licence n° {n}, sans limitation de durée."},
		pending:   []string{"Votre demande {n} est reçue et en cours d'examen.", "Dossier {n} incomplet, aucun agrément à ce jour."},
		wed:       []string{"Il est certifié que {a} porte désormais le nom {b}."},
		flyer:     []string{"Carte de printemps : soupe 5,90, salade 7,50", "Offre : 10 % pour les nouveaux clients"},
		form:      [12]string{"Société", "Immatriculation", "Siège", "Demandeur", "Date de naissance", "E-mail", "Téléphone", "Activité", "Chiffre d'affaires", "Utilisateurs", "Formule", "Message"},
		dateStyle: "02/01/2006", perMonth: "par mois", perYear: "par an", thousand: "k€",
	},
	"nl": {
		Identity: "IDENTITEITSKAART", Family: "Naam", Given: "Voornamen", Born: "Geboortedatum", Number: "Documentnummer", Expires: "Geldig tot",
		Bill: "Energierekening", Date: "Datum", BillLine: "Leveradres als boven, automatische incasso.", BankLetter: "Adresverklaring", Lease: "Huurovereenkomst",
		Owners: "Aandeelhoudersregister", Attorney: "VOLMACHT", Certificate: "Huwelijksakte", Licence: "Besluit",
		issuers: []string{"Maas Energie", "Stroom Direct", "Streekbank", "Vastgoed Kade"}, holdings: []string{"Noordster Holding B.V.", "Stichting Administratiekantoor Linde"},
		covers:    []string{"Ik machtig {a} om voor de vennootschap rekeningen te openen. {b}", "{b} verleent {a} volledige bankvolmacht."},
		coversNot: []string{"{a} mag pakketten voor {b} ophalen.", "{b} machtigt {a} om het voertuig te registreren."},
		granted:   []string{"De vergunning is verleend, kenmerk {n}.", "Vergunning nr. {n}, onbepaalde tijd."},
		pending:   []string{"Uw aanvraag {n} is ontvangen en in behandeling.", "Dossier {n} onvolledig, er is nog geen vergunning."},
		wed:       []string{"Hierbij wordt verklaard dat {a} voortaan de naam {b} voert."},
		flyer:     []string{"Voorjaarskaart: soep 5,90, salade 7,50", "Aanbieding: 10 % voor nieuwe klanten"},
		form:      [12]string{"Bedrijf", "Registratienummer", "Vestiging", "Aanvrager", "Geboortedatum", "E-mail", "Telefoon", "Branche", "Omzet", "Gebruikers", "Pakket", "Bericht"},
		dateStyle: "02-01-2006", perMonth: "per maand", perYear: "per jaar", thousand: "duizend EUR",
	},
	"es": {
		Identity: "DOCUMENTO NACIONAL DE IDENTIDAD", Family: "Apellidos", Given: "Nombre", Born: "Fecha de nacimiento", Number: "Número", Expires: "Válido hasta",
		Bill: "Factura de electricidad", Date: "Fecha", BillLine: "Punto de suministro arriba indicado, domiciliada.", BankLetter: "Certificado de domicilio", Lease: "Contrato de arrendamiento",
		Owners: "Relación de socios", Attorney: "PODER", Certificate: "Certificado de matrimonio", Licence: "Resolución",
		issuers: []string{"Luz del Sur", "Energía Clara", "Caja Comarcal", "Inmobiliaria Prado"}, holdings: []string{"Estrella Holding S.A.", "Fundación Olmo"},
		covers:    []string{"Autorizo a {a} a abrir cuentas para la sociedad. {b}", "{b} otorga a {a} poder bancario general."},
		coversNot: []string{"{a} puede recoger paquetes de {b}.", "{b} autoriza a {a} a matricular el vehículo."},
		granted:   []string{"Se concede la licencia, expediente {n}.", "Licencia n.º {n}, sin límite de tiempo."},
		pending:   []string{"Su solicitud {n} está en trámite.", "Expediente {n} incompleto, todavía no hay licencia."},
		wed:       []string{"Se certifica que {a} lleva ahora el nombre {b}."},
		flyer:     []string{"Menú de primavera: sopa 5,90, ensalada 7,50", "Oferta: 10 % para nuevos clientes"},
		form:      [12]string{"Empresa", "Número de registro", "Domicilio social", "Solicitante", "Fecha de nacimiento", "Correo", "Teléfono", "Actividad", "Facturación", "Usuarios", "Plan", "Mensaje"},
		dateStyle: "02/01/2006", perMonth: "al mes", perYear: "al año", thousand: "mil EUR",
	},
}

// keys are those of the app, in the order of the form's labels.
var keys = [12]string{"company", "reg_no", "seat", "applicant", "born", "email", "phone", "sector", "turnover", "users", "plan", "message"}

// exonyms are towns as foreigners call them.
var exonyms = map[string]string{"München": "Munich", "Köln": "Cologne", "Wien": "Vienna", "Zürich": "Zurich", "Bruxelles": "Brussels", "Liège": "Luik"}
