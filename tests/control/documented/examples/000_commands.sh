# Lancer un téléchargement
curl -X POST http://localhost:8000/api/v1/upload/aws \
  -H "Content-Type: application/json" \
  -d '{
    "sample_id": "NA24143_Lib3_Rep1",
    "benchmarking": "csv,truvari",
    "auto_process": true
  }'

# Vérifier le statut
curl http://localhost:8000/api/v1/download/status/NA24143_Lib3_Rep1

# Récupérer les logs
curl http://localhost:8000/api/v1/download/logs/NA24143_Lib3_Rep1?since=0
